//! How source files are laid out.
use super::project::{Source, none_of, root, rust, sources};

const LINES_MAX: usize = 400;
const MAIN_LINES_MAX: usize = 40;

#[test]
fn no_source_file_is_longer_than_one_reads_in_one_go() {
    let length = |source: Source| (source.text.lines().count(), source.path);
    let long = rust().into_iter().map(length).filter(|(lines, _)| *lines > LINES_MAX);
    none_of("files above 400 lines", long.map(|(lines, path)| format!("{path}: {lines}")));
}

#[test]
fn every_source_file_opens_with_what_it_is_for() {
    let silent = rust().into_iter().filter(|source| !source.text.starts_with("//! "));
    none_of("files without a first line `//! …`", silent.map(|source| source.path));
}

#[test]
fn the_main_of_a_function_is_wiring() {
    let is_main = |source: &Source| source.path.starts_with("functions/") && source.path.ends_with("/src/main.rs");
    let mains: Vec<Source> = rust().into_iter().filter(is_main).collect();
    assert!(mains.len() >= 8);
    let long = mains.into_iter().filter(|source| source.text.lines().count() > MAIN_LINES_MAX);
    none_of("main.rs above 40 lines", long.map(|source| source.path));
}

#[test]
fn modules_are_named_after_themselves() {
    let named_mod = rust().into_iter().filter(|source| source.path.ends_with("/mod.rs"));
    none_of("mod.rs in place of a file with the module's name", named_mod.map(|source| source.path));
}

#[test]
fn nothing_is_left_for_later() {
    // Written apart, so that this file does not find itself.
    let marks = [concat!("todo", "!("), concat!("unimplemented", "!("), concat!("#[", "ignore"), concat!("TO", "DO")];
    let unfinished = rust().into_iter().filter_map(|source| {
        let line = source.line(|line| marks.iter().any(|mark| line.contains(mark)))?;
        Some(format!("{}:{line}", source.path))
    });
    none_of("unfinished work", unfinished);
}

#[test]
fn no_file_knows_the_machine_that_it_was_written_on() {
    let here = root().to_string_lossy().into_owned();
    let homes = ["home", "Users", "root"].map(|folder| format!("/{folder}/"));
    let names_a_machine = |line: &str| {
        // In an address such as https://example.org/home/ it is no path.
        let is_path = |home: &String| line.match_indices(home.as_str()).any(|(at, _)| starts_word(line, at));
        line.match_indices(&here).any(|(at, _)| starts_word(line, at)) || homes.iter().any(is_path)
    };
    let knowing =
        sources().into_iter().filter_map(|source| Some(format!("{}:{}", source.path, source.line(names_a_machine)?)));
    none_of("absolute paths of a machine", knowing);
}

fn starts_word(line: &str, at: usize) -> bool {
    line[..at].chars().next_back().is_none_or(|before| !before.is_alphanumeric())
}
