"""Soundness mutants of a Rust source file, for scripts/mutants: ways of being wrong that
cargo-mutants does not know. A rounding or an end is exchanged, a term, a factor, a conjunct, a
required condition or a statement is dropped, a radius is halved, Unknown is read as an answer,
the other iterate is read. What does not compile is dropped later.
"""

import collections
import re

Function = collections.namedtuple("Function", "name start body end constant")

# Written the same, and replaced by each other.
EXCHANGED = [
    ("Round::Up", "Round::Down"), ("Round::AwayZero", "Round::Zero"),
    (".inf()", ".sup()"), (".lower()", ".upper()"), (".min(", ".max("),
    (".lower_f64()", ".upper_f64()"), (".lower_float(", ".upper_float("),
    (".next_up()", ".next_down()"), ("At::Next", "At::Now"),
    ("Moment::Previous", "Moment::Current"), (".all(", ".any("), ("frames[0]", "frames[1]"),
    ("self.now", "self.next"), ("Ordering::Less", "Ordering::Greater"),
    ("extended_to_zero(", "clone("), ("Relation::LessEqual", "Relation::Less"),
]

# A pattern and what it becomes. The methods keep the precedence of what is around them.
REPLACED = [
    (r"Round::Nearest", "Round::Down"), (r"Round::Nearest", "Round::Up"),
    (r"Ternary::Unknown\b(?!\s*(=>|\||if\b))", "Ternary::True"),
    (r"Ternary::Unknown\b(?!\s*(=>|\||if\b))", "Ternary::False"),
    (r"\.is_true\(\)", ".is_false().eq(&false)"),
    (r"\.is_false\(\)", ".is_true().eq(&false)"),
    (r"\.is_unknown\(\)", ".is_unknown().min(false)"),
    (r"\.not\(\)", ".clone()"), (r"\.next_(up|down)\(\)", ".clone()"),
    (r"\b(?!UP\b)[A-Z][A-Z_]*\b(?=\s*[*+;)])", r"(\g<0> * 0.5)"),
    (r" \* (UP\b|MARGIN\b|\(1\.0 [+-] 1e-\d+\)|\d+\.\d+\b)", ""),
    (r"\b(\w+\.)*(error|radius|defect|remainder|deviation|margin|slack|blur|spread|rounding)"
     r"(\[\w+\]|\(\))?(?=[\s),;])(?!\s*[-+*]?=)", r"(0.5 * \g<0>)"),
    (r"\b(\w+\.)*(error|radius|size|propagated|reach)(\(\))?(?=[\s),;.])(?!\s*[-+*]?=)",
     r"\g<0>.mul_pow2(-1)"),
    (r"(?<![\w.])(?!0\.0\b)\d+\.\d+(e-?\d+)?(?![\w.])", r"(0.5 * \g<0>)"),
]

# Methods of numbers and three-valued answers whose application is dropped.
DROPPED = ("add", "sub", "max", "min", "hull", "abs", "square", "and", "or", "or_else",
           "widened", "sub_lower", "mul_pow2", "filter", "skip", "saturating_sub", "neg", "ceil")


def blanked(text):
    """The text with comments, strings and characters blanked out, places unchanged."""
    parts = (r'//[^\n]*|/\*.*?\*/|b?r#".*?"#|b?"(?:\\.|[^"\\])*"'
             r"|b?'(?:\\(?:u\{\w+\}|.)|[^\\'\n])'")
    blank = lambda match: re.sub(r"[^\n]", " ", match.group())
    return re.sub(parts, blank, text, flags=re.S)


def closing(text, at):
    """The place of the bracket that closes the one at `at`."""
    depth = 0
    for place in range(at, len(text)):
        depth += (text[place] in "([{") - (text[place] in ")]}")
        if depth == 0:
            return place
    raise ValueError("brackets do not match")


def functions(text):
    """Each function with a body, outside the tests; not those inside of another."""
    tests = re.search(r"^#\[cfg\(test\)\]\nmod \w+ \{", text, re.M)
    end = tests.start() if tests else len(text)
    at = 0
    while match := re.compile(r"\bfn (\w+)").search(text, at, end):
        at = match.end()
        while text[at] not in "{;":
            at = closing(text, at) + 1 if text[at] in "([" else at + 1
        if text[at] == "{":
            body = at
            at = closing(text, at) + 1
            constant = text[:match.start()].endswith("const ")
            yield Function(match.group(1), match.start(), body, at, constant)


def operand_end(text, at, stops):
    """Where the operand that begins at `at` ends: before one of `stops`, outside brackets."""
    while at < len(text):
        if text[at] in "([{" and not re.compile(stops).match(text, at):
            at = closing(text, at)
        elif text[at] in ")]};," or re.compile(stops).match(text, at):
            return at
        at += 1
    return at


def operand_begin(text, at, stops):
    """Where the operand that ends at `at` begins."""
    depth = 0
    while at > 0:
        before = text[at - 1]
        if depth == 0 and (before in "([{;," or re.search(f"(?:{stops})$", text[max(0, at - 8):at])):
            return at
        depth += (before in ")]}") - (before in "([{")
        at -= 1
    return at


def changes(text, code, begin, end):
    """(begin, end, replacement) of each mutant of the body."""
    body = lambda pattern: re.compile(pattern).finditer(code, begin, end)
    for pair in EXCHANGED:
        for old, new in (pair, pair[::-1]):
            for match in body(r"(?<![\w])" * old[0].isalpha() + re.escape(old)
                              + r"(?!\w)" * old[-1].isalnum()):
                yield match.start(), match.end(), new
    for pattern, new in REPLACED:
        for match in body(pattern):
            yield match.start(), match.end(), match.expand(new)
    for match in body(rf"\.({'|'.join(DROPPED)})\("):
        yield match.start(), closing(code, match.end() - 1) + 1, ".clone()"
    for match in body(r"\s[+-] (?=\S)"):
        yield match.start(), operand_end(code, match.end(), r"\s[+-] |\s[<>=&|]|\{"), ""
    for match in body(r"\s(&&|\|\|) (?!let\b)"):
        yield match.start(), operand_end(code, match.end(), r"\s(&&|\|\|)|\s\{|=>"), ""
        first = operand_begin(code, match.start(), r"\s(?:&&|\|\|) |\bif |\bwhile |[^=!<>]= |=> |return ")
        if not code[first:].lstrip().startswith("let "):
            yield first, match.end(), ""
    for match in body(r"\brequire\("):
        last = closing(code, match.end() - 1) + 1
        if code[last:last + 2] == "?;":
            yield match.start(), last + 2, ""
    for match in body(r"(?m)^ *(?!let\b|return\b|break|continue|use\b)[\w.\[\]*]+( [-+*/|]?= |\()[^;{}]*;$"):
        yield match.start(), match.end(), ""
    for match in re.compile(r'"(?:\\.|[^"\\])*"', re.S).finditer(text, begin, end):
        if re.search("[<>]=? ", match.group()):
            for part in re.compile(r" and [^\"]*?(?= and |\")|(?<=\")[^\"]*? and ", re.S).finditer(
                    text, match.start(), match.end()):
                yield part.start(), part.end(), ""


def place(text, at):
    return {"line": text.count("\n", 0, at) + 1, "column": at - text.rfind("\n", 0, at)}


def mutants(name, text):
    """The file's soundness mutants, as cargo-mutants writes its own."""
    code = blanked(text)
    seen = set()
    for function in functions(code):
        for first, last, new in changes(text, code, function.body, function.end):
            old = text[first:last]
            if (first, last, new) in seen or old == new:
                continue
            seen.add((first, last, new))
            at = place(text, first + len(old) - len(old.lstrip()))
            span = lambda a, b: {"start": place(text, a), "end": place(text, b)}
            short = lambda part: " ".join(part.split())[:60]
            change = f"replace {short(old)} with {short(new)}" if new.strip() else f"drop {short(old)}"
            yield {
                "name": f"{name}:{at['line']}:{at['column']}: soundness: {change} in {function.name}",
                "file": name, "span": span(first, last), "replacement": new,
            }
