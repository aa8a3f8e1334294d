//! Text of unknown origin, safe to show: a terminal obeys control characters, and some others
//! turn the order of what is read around. Here they become signs that stand for them.

use std::borrow::Cow;

/// May a terminal, a browser or an XML parser do with this character anything but show it?
///
/// Those are the control characters (C0, DEL, C1), the line separators U+2028 and U+2029, the
/// marks, embeddings, overrides and isolates of Unicode's bidirectional algorithm, and U+FFFE and
/// U+FFFF, which XML cannot hold.
pub fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{061c}'
                | '\u{200e}'
                | '\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2066}'..='\u{2069}'
                | '\u{feff}'
                | '\u{fffe}'
                | '\u{ffff}'
        )
}

/// The text in one line with every [unsafe](is_unsafe) character as a sign: `␛` for the escape
/// character, `\u{202e}` for what has no sign of its own.
pub fn line(text: &str) -> Cow<'_, str> {
    shown(text, |_| false)
}

/// The same in lines: line breaks and tabs stay, a line break of two characters becomes one.
pub fn lines(text: &str) -> Cow<'_, str> {
    match text.contains("\r\n") {
        true => lines(&text.replace("\r\n", "\n")).into_owned().into(),
        false => shown(text, |c| matches!(c, '\n' | '\t')),
    }
}

fn shown(text: &str, stays: impl Fn(char) -> bool) -> Cow<'_, str> {
    let is_odd = |c: char| is_unsafe(c) && !stays(c);
    if !text.contains(is_odd) {
        return text.into();
    }
    let mut result = String::with_capacity(text.len());
    for c in text.chars() {
        match u32::from(c) {
            _ if !is_odd(c) => result.push(c),
            0x7f => result.push('␡'),
            // U+2400 to U+241F are the signs of the control characters 0 to 1F.
            code @ 0..0x20 => result.extend(char::from_u32(0x2400 + code)),
            _ => result.extend(c.escape_unicode()),
        }
    }
    result.into()
}

/// JSON with every [unsafe](is_unsafe) character escaped. In JSON these stand in strings only,
/// but for line breaks, which stay.
pub fn json(text: &str) -> Cow<'_, str> {
    let is_odd = |c: char| is_unsafe(c) && !matches!(c, '\n' | '\t' | '\r');
    if !text.contains(is_odd) {
        return text.into();
    }
    let mut result = String::with_capacity(text.len());
    for c in text.chars() {
        match is_odd(c) {
            // All of them are below U+10000, where one escape is enough.
            true => result.push_str(&format!("\\u{:04x}", u32::from(c))),
            false => result.push(c),
        }
    }
    result.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_unsafe_is_shown() {
        assert_eq!(line("β₁ ≤ 1/2\u{202f}✓"), "β₁ ≤ 1/2\u{202f}✓");
        assert_eq!(line("\u{1b}[A\r\n\t\0\u{7f}"), "␛[A␍␊␉␀␡");
        assert_eq!(line("\u{9b}2J\u{202e}"), "\\u{9b}2J\\u{202e}");
        assert_eq!(lines("a\r\nb\n\tc\rd\u{8}"), "a\nb\n\tc␍d␈");
        for c in [
            '\u{61c}', '\u{200e}', '\u{200f}', '\u{2066}', '\u{2069}', '\u{ffff}',
        ] {
            assert_eq!(line(&c.to_string()), c.escape_unicode().to_string());
        }
        assert_eq!(
            json("\"\u{85}\u{202e}\u{fffe}\"\n"),
            "\"\\u0085\\u202e\\ufffe\"\n"
        );
    }
}
