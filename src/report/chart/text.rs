//! How much room text takes, without a font at hand: estimates for the widest of the usual
//! sans-serif fonts, so that text fits in whatever font the reader has.

/// Width of a character in units of the font size.
fn advance(c: char) -> f64 {
    match c {
        'i' | 'j' | 'l' | '.' | ',' | ':' | ';' | '|' | '\'' | '!' | ' ' | '·' => 0.36,
        '\u{202f}' => 0.25,
        'f' | 't' | 'r' | '(' | ')' | '[' | ']' | '/' | '-' => 0.44,
        'm' | 'w' | 'M' | 'W' | '%' | '@' | '…' | '—' => 1.0,
        '&' | '#' | '^' | '~' => 0.84,
        '0'..='9' | 'a'..='z' => 0.64,
        'A'..='Z' => 0.79,
        '+' | '−' | '=' | '<' | '>' | '≤' | '≥' | '±' | '∞' | '→' => 0.84,
        '\u{300}'..='\u{36f}' => 0.0,
        c if (c as u32) < 0x1100 => 0.72,
        '\u{2000}'..='\u{2bff}' => 0.8,
        _ => 1.1,
    }
}

/// Width of `text` in pixels at a font size. What follows `^` is a superscript.
pub(super) fn width(text: &str, size: f64) -> f64 {
    let (base, power) = text.split_once('^').unwrap_or((text, ""));
    let sum = |part: &str| part.chars().map(advance).sum::<f64>();
    size * (sum(base) + SUPERSCRIPT * sum(power))
}

/// Size of a superscript in units of the font size.
pub(super) const SUPERSCRIPT: f64 = 0.75;

/// `text`, or as much of it as fits, with `…` at the end.
pub(super) fn truncated(text: &str, size: f64, room: f64) -> String {
    if width(text, size) <= room {
        return text.to_string();
    }
    let mut short = String::new();
    for c in text.chars() {
        short.push(c);
        if width(&short, size) + width("…", size) > room {
            short.pop();
            break;
        }
    }
    format!("{}…", short.trim_end())
}

/// `text` in at most `lines` lines, broken between words; what does not fit is truncated.
pub(super) fn wrapped(text: &str, size: f64, room: f64, lines: usize) -> Vec<String> {
    let mut result: Vec<String> = Vec::new();
    let mut words = text.split_whitespace().peekable();
    while let Some(word) = words.next() {
        let mut line = word.to_string();
        let is_last = result.len() + 1 == lines;
        while let Some(next) = words.peek() {
            let longer = format!("{line} {next}");
            if !is_last && width(&longer, size) > room {
                break;
            }
            line = longer;
            words.next();
        }
        result.push(truncated(&line, size, room));
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrapping_keeps_all_words_or_says_that_it_does_not() {
        let text = "the quick brown fox jumps over the lazy dog";
        let lines = wrapped(text, 10.0, 120.0, 9);
        assert!(lines.len() > 2);
        assert_eq!(lines.join(" "), text);
        assert!(lines.iter().all(|l| width(l, 10.0) <= 120.0));
        let short = wrapped(text, 10.0, 120.0, 2);
        assert_eq!(short.len(), 2);
        assert!(short[1].ends_with('…') && width(&short[1], 10.0) <= 120.0);
        assert_eq!(wrapped("", 10.0, 120.0, 2), Vec::<String>::new());
    }

    #[test]
    fn one_long_word_is_truncated() {
        let text = truncated(&"W".repeat(100), 10.0, 100.0);
        assert!(text.ends_with('…') && width(&text, 10.0) <= 100.0);
        assert_eq!(truncated("short", 10.0, 100.0), "short");
    }
}
