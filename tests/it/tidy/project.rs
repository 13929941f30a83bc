//! The project's files, as a fresh clone has them.
use std::fs;
use std::path::{Path, PathBuf};

/// A text file of the project.
pub(super) struct Source {
    /// From the root of the project, with slashes.
    pub(super) path: String,
    pub(super) text: String,
}

impl Source {
    /// The number of the first line that `matches`.
    pub(super) fn line(&self, matches: impl Fn(&str) -> bool) -> Option<usize> {
        self.text.lines().position(matches).map(|index| index + 1)
    }
}

pub(super) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

pub(super) fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Every text file but those that git ignores.
pub(super) fn sources() -> Vec<Source> {
    let ignored: Vec<String> = read(".gitignore").lines().map(|line| line.trim_matches('/').to_owned()).collect();
    let mut sources = Vec::new();
    let mut folders = vec![root()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if name == ".git" || ignored.contains(&name) {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(text) = fs::read_to_string(&path) {
                let path = path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/");
                sources.push(Source { path, text });
            }
        }
    }
    assert!(sources.len() > 100, "the project is larger than {} files", sources.len());
    sources
}

pub(super) fn rust() -> Vec<Source> {
    sources().into_iter().filter(|source| source.path.ends_with(".rs")).collect()
}

/// The names of the folders in `path` that hold a crate.
pub(super) fn crates(path: &str) -> Vec<String> {
    let folders = fs::read_dir(root().join(path)).unwrap().map(|entry| entry.unwrap().path());
    let crates = folders.filter(|folder| folder.join("Cargo.toml").is_file());
    let mut names: Vec<String> = crates.map(|path| path.file_name().unwrap().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// Fails with all that is wrong at once.
pub(super) fn none_of(rule: &str, offenders: impl IntoIterator<Item = String>) {
    let offenders: Vec<String> = offenders.into_iter().collect();
    assert!(offenders.is_empty(), "{rule}:\n  {}", offenders.join("\n  "));
}
