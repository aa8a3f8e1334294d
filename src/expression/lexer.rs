//! Text to tokens, with the place of each in the file.

use rug::Rational;

use super::parser::{ErrorKind, ParseError};
use super::{Place, Span};
use crate::diagnostic::shorten;
use crate::number::rational;

/// A text may have this many tokens, its end included.
const MOST_TOKENS: usize = 2000;

/// What a token is.
#[derive(Clone, Debug, PartialEq)]
pub enum Token {
    /// An exact number.
    Number(Rational),
    /// A name, a function or a keyword.
    Word(String),
    /// A name with a prime.
    Primed(String),
    /// An operator or a bracket.
    Symbol(&'static str),
    /// The end of the text.
    End,
}

/// Longest name, in characters.
const MOST_LETTERS: usize = 64;

/// Most characters of a number that a message repeats.
const MOST_SHOWN: usize = 40;

/// Symbols, longest first, and what each stands for.
const SYMBOLS: [(&str, &str); 19] = [
    ("<=", "<="),
    (">=", ">="),
    ("==", "="),
    ("≤", "<="),
    ("≥", ">="),
    ("−", "-"),
    ("×", "*"),
    ("·", "*"),
    ("<", "<"),
    (">", ">"),
    ("=", "="),
    ("+", "+"),
    ("-", "-"),
    ("*", "*"),
    ("/", "/"),
    ("^", "^"),
    ("(", "("),
    (")", ")"),
    (",", ","),
];

/// The tokens of `text`, which stands at `place` of its file; [`Token::End`] is last.
///
/// # Errors
/// [`ParseError`] at a character that begins no token, at a number that is none, or where the
/// text becomes too long.
pub fn tokens(text: &str, place: &Place) -> Result<Vec<(Token, Span)>, ParseError> {
    let mut result = Vec::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let start = at;
        if c.is_whitespace() {
            at += c.len_utf8();
            continue;
        }
        let token = if c.is_ascii_digit() || c == '.' {
            at += number_length(&text[at..]);
            let literal = &text[start..at];
            let value = rational::parse(literal).map_err(|e| ParseError {
                kind: ErrorKind::Number,
                message: format!("`{}` is not a number: {e}", shorten(literal, MOST_SHOWN)),
                help: None,
                span: place.of(start..at),
            })?;
            Token::Number(value)
        } else if c.is_alphabetic() || c == '_' {
            let word = |c: char| c.is_alphanumeric() || c == '_';
            at += text[at..].find(|c| !word(c)).unwrap_or(text.len() - at);
            if text[start..at].chars().count() > MOST_LETTERS {
                return Err(ParseError {
                    kind: ErrorKind::Size,
                    message: format!("a name has at most {MOST_LETTERS} characters"),
                    help: None,
                    span: place.of(start..at),
                });
            }
            let name = text[start..at].to_string();
            if text[at..].starts_with(['\'', '′']) {
                at += text[at..].chars().next().map_or(0, char::len_utf8);
                Token::Primed(name)
            } else {
                Token::Word(name)
            }
        } else if let Some((written, symbol)) = SYMBOLS
            .iter()
            .find(|(written, _)| text[at..].starts_with(written))
        {
            at += written.len();
            Token::Symbol(symbol)
        } else {
            return Err(ParseError {
                kind: ErrorKind::Token,
                message: format!("`{c}` has no meaning here"),
                help: meant(c).map(str::to_string),
                span: place.of(start..start + c.len_utf8()),
            });
        };
        if result.len() + 1 == MOST_TOKENS {
            return Err(ParseError {
                kind: ErrorKind::Size,
                message: format!("this is longer than {MOST_TOKENS} numbers, names and signs"),
                help: Some("give parts of it a name under `define`".into()),
                span: place.of(start..at),
            });
        }
        result.push((token, place.of(start..at)));
    }
    result.push((Token::End, place.of(text.len()..text.len())));
    Ok(result)
}

/// What to write instead of a character of another language.
fn meant(c: char) -> Option<&'static str> {
    match c {
        '!' | '&' | '|' => Some("conditions are combined with `and`, `or` and `not`"),
        '[' | ']' | '{' | '}' => Some("only `(` and `)` are brackets here"),
        '’' | '"' => Some("the next iterate is written with `'`"),
        _ => None,
    }
}

/// Length of the number literal at the start of `text`: digits, a point, an exponent.
fn number_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let digits = |mut i: usize| {
        while bytes
            .get(i)
            .is_some_and(|b| b.is_ascii_digit() || *b == b'_' || *b == b'.')
        {
            i += 1;
        }
        i
    };
    let end = digits(0);
    if !matches!(bytes.get(end), Some(b'e' | b'E')) {
        return end;
    }
    let sign = text[end + 1..].chars().next();
    let sign = sign.filter(|c| matches!(c, '+' | '-' | '−'));
    let exponent = end + 1 + sign.map_or(0, char::len_utf8);
    if bytes.get(exponent).is_some_and(u8::is_ascii_digit) {
        digits(exponent)
    } else {
        end
    }
}
