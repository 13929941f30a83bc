//! Texts of a template: their lengths, the white space that Meta refuses (P36), and their variables.
use super::report::Report;
use crate::templates::ParameterFormat;

/// More spaces than this in a row are refused.
const SPACES_MAX: usize = 4;

/// What a text may be.
#[derive(Clone, Copy)]
pub(super) struct Form {
    /// In characters.
    pub(super) max: usize,
    pub(super) has_lines: bool,
    pub(super) variables: Variables,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Variables {
    None,
    /// One at most, anywhere.
    One,
    /// Any number, with text before, between and behind them, and enough of it.
    Many,
}

/// Checks a text; the names of its variables, in order, each once.
pub(super) fn check(
    path: &str,
    text: &str,
    form: Form,
    format: Option<&ParameterFormat>,
    report: &mut Report,
) -> Vec<String> {
    if text.trim().is_empty() {
        report.say(path, "must not be empty");
        return Vec::new();
    }
    if text.chars().count() > form.max {
        report.over(path, form.max, "characters");
    }
    check_white_space(path, text, form.has_lines, report);
    let pieces = match pieces(text) {
        Ok(pieces) => pieces,
        Err(wrong) => {
            report.say(path, wrong);
            return Vec::new();
        }
    };
    let names = distinct(&pieces);
    match form.variables {
        _ if names.is_empty() => {}
        Variables::None => report.say(path, "must have no variables"),
        Variables::One => {
            if names.len() > 1 {
                report.over(path, 1, "variables");
            }
            check_names(path, &names, format, report);
        }
        Variables::Many => {
            check_names(path, &names, format, report);
            check_places(path, &pieces, report);
        }
    }
    names
}

pub(super) fn check_white_space(path: &str, text: &str, has_lines: bool, report: &mut Report) {
    if text.contains('\t') || (!has_lines && text.contains(['\n', '\r'])) {
        report.say(path, if has_lines { "must not have tabs" } else { "must not have line breaks or tabs" });
    }
    if text.contains(&" ".repeat(SPACES_MAX + 1)) {
        report.over(path, SPACES_MAX, "spaces in a row");
    }
}

/// A part of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    Text(&'a str),
    Variable(&'a str),
}

/// A text and its variables in order; what is wrong, where the braces do not fit together or a name is none.
pub(super) fn pieces(text: &str) -> Result<Vec<Piece<'_>>, &'static str> {
    const BRACES: &str = "has double braces that do not belong together";
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let (name, behind) = after.split_once("}}").ok_or(BRACES)?;
        if before.contains("}}") {
            return Err(BRACES);
        }
        if name.is_empty() || !name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_')) {
            return Err("has a variable that is neither a number nor a name of a-z, 0-9 and _");
        }
        if !before.is_empty() {
            pieces.push(Piece::Text(before));
        }
        pieces.push(Piece::Variable(name));
        rest = behind;
    }
    if rest.contains("}}") {
        return Err(BRACES);
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest));
    }
    Ok(pieces)
}

fn distinct(pieces: &[Piece<'_>]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for piece in pieces {
        if let Piece::Variable(name) = piece
            && !names.iter().any(|known| known == name)
        {
            names.push((*name).to_owned());
        }
    }
    names
}

fn is_number(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_digit())
}

/// Numbered from 1 without gaps, or named, as the template says.
fn check_names(path: &str, names: &[String], format: Option<&ParameterFormat>, report: &mut Report) {
    let numbered = names.iter().filter(|name| is_number(name)).count();
    if numbered != 0 && numbered != names.len() {
        report.say(path, "must not have both named and numbered variables");
        return;
    }
    let is_named = numbered == 0;
    match format {
        Some(ParameterFormat::Named) if !is_named => {
            report.say(path, "must name its variables, as parameter_format is named");
            return;
        }
        Some(ParameterFormat::Positional) | None if is_named => {
            report.say(path, "has named variables, for which parameter_format must be named");
            return;
        }
        Some(_) | None => {}
    }
    let has = |number: usize| names.iter().any(|name| *name == number.to_string());
    if !is_named && !(1..=names.len()).all(has) {
        report.say(path, "must number its variables from {{1}} on without gaps");
    }
}

/// Meta wants text around each variable, and at least 2 n + 1 words beside n of them: the ratio by which providers explain
/// its refusal 2388293, as Meta itself gives no number.
fn check_places(path: &str, pieces: &[Piece<'_>], report: &mut Report) {
    let is_blank = |piece: &Piece<'_>| matches!(piece, Piece::Text(text) if text.trim().is_empty());
    let is_variable = |piece: Option<&Piece<'_>>| matches!(piece, Some(Piece::Variable(_)));
    let mut solid = pieces.iter().filter(|piece| !is_blank(piece));
    let first = solid.next();
    if is_variable(first) || is_variable(solid.next_back().or(first)) {
        report.say(path, "must not begin or end with a variable");
    }
    if pieces.windows(2).any(|pair| pair.iter().all(|piece| is_variable(Some(piece)))) {
        report.say(path, "must have text between its variables");
    }
    let count = pieces.iter().filter(|piece| is_variable(Some(piece))).count();
    let words: usize = pieces.iter().map(|piece| if let Piece::Text(text) = piece { words(text) } else { 0 }).sum();
    let needed = count.saturating_mul(2).saturating_add(1);
    if words < needed {
        let message = format!("must have at least {needed} words beside its {count} variables, and has {words}");
        report.say(path, message);
    }
}

/// Where a script has no spaces, each of its characters counts.
fn words(text: &str) -> usize {
    let mut words: usize = 0;
    let mut is_inside = false;
    for c in text.chars() {
        if is_unspaced(c) {
            words = words.saturating_add(1);
            is_inside = false;
        } else if c.is_alphanumeric() {
            words = words.saturating_add(usize::from(!is_inside));
            is_inside = true;
        } else if c.is_whitespace() {
            is_inside = false;
        }
    }
    words
}

/// Thai to Burmese, Khmer, and the scripts of China and Japan.
fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{0e00}'..='\u{0eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{3040}'..='\u{30ff}'
        | '\u{3400}'..='\u{9fff}' | '\u{20000}'..='\u{3ffff}')
}
