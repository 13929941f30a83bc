//! Who depends on whom.
use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{Dependency, DependencyKind, Metadata, MetadataCommand, Package};

use super::project::{Source, none_of, read, root, rust};

/// Of our own crates, those that each shared crate may use: the picture in shared/README.md.
const SHARED: [(&str, &[&str]); 7] = [
    ("domain", &[]),
    ("net", &["domain"]),
    ("payments", &["domain", "net"]),
    ("queue", &["domain", "net"]),
    ("runtime", &["domain", "net", "queue"]),
    ("store", &["domain"]),
    ("whatsapp", &["domain", "net"]),
];

fn metadata() -> Metadata {
    MetadataCommand::new()
        .manifest_path(root().join("Cargo.toml"))
        .no_deps()
        .other_options(vec!["--offline".to_owned()])
        .exec()
        .unwrap()
}

/// The folder of a package, from the root of the project.
fn folder(package: &Package) -> String {
    package.manifest_path.parent().unwrap().strip_prefix(root().to_str().unwrap()).unwrap().to_string()
}

fn allowed<'a>(package: &Package, ours: &'a BTreeSet<String>) -> BTreeSet<&'a str> {
    let shared = SHARED.iter().map(|(name, _)| *name);
    let allowed: Vec<&str> = match folder(package).as_str() {
        "infra/local" => vec!["simulator"],
        "infra/simulator" => vec![],
        "tests" => ours.iter().map(String::as_str).collect(),
        folder if folder.starts_with("functions/") => shared.collect(),
        folder => {
            let found = SHARED.iter().find(|(name, _)| folder == format!("shared/{name}"));
            found.unwrap_or_else(|| panic!("say in SHARED what {folder} may use")).1.to_vec()
        }
    };
    ours.iter().map(String::as_str).filter(|name| allowed.contains(name)).collect()
}

#[test]
fn our_crates_depend_on_each_other_in_one_direction() {
    let packages = metadata().packages;
    let ours: BTreeSet<String> = packages.iter().map(|package| package.name.to_string()).collect();
    let wrong = packages.iter().flat_map(|package| {
        let allowed = allowed(package, &ours);
        let used = package.dependencies.iter().filter(|dependency| ours.contains(&dependency.name));
        let wrong = used.filter(|dependency| !allowed.contains(dependency.name.as_str()));
        wrong.map(|dependency| format!("{} -> {}", package.name, dependency.name)).collect::<Vec<_>>()
    });
    none_of("edges that shared/README.md does not show", wrong);
}

#[test]
fn versions_and_lints_stand_in_the_workspace() {
    let manifests =
        metadata().packages.iter().map(folder).map(|folder| format!("{folder}/Cargo.toml")).collect::<Vec<_>>();
    let own = manifests.into_iter().flat_map(|path| {
        let text = read(&path);
        let mut section = "";
        let mut wrong = Vec::new();
        for line in text.lines() {
            if line.starts_with('[') {
                section = line;
            } else if section.contains("dependencies]") && line.contains('=') && !line.contains("workspace = true") {
                wrong.push(format!("{path}: {line}"));
            }
        }
        if !text.contains("[lints]\nworkspace = true") {
            wrong.push(format!("{path}: no lints of the workspace"));
        }
        wrong
    });
    none_of("manifests that go their own way", own);
}

#[test]
fn every_version_in_the_workspace_is_used() {
    let metadata = metadata();
    let used: BTreeSet<String> = metadata
        .packages
        .iter()
        .flat_map(|package| package.dependencies.iter().map(|used| used.name.clone()))
        .collect();
    let manifest = read("Cargo.toml");
    let section = manifest.split("[workspace.dependencies]").nth(1).unwrap().split("\n[").next().unwrap();
    let named = section.lines().filter_map(|line| line.split_once(" = ")).map(|(name, _)| name.to_owned());
    none_of("versions that no crate uses", named.filter(|name| !used.contains(name)));
}

#[test]
fn every_dependency_is_used() {
    let sources = rust();
    let unused = metadata().packages.into_iter().flat_map(|package| {
        let folder = format!("{}/", folder(&package));
        let texts: BTreeMap<&str, &str> = sources
            .iter()
            .filter_map(|source| Some((source.path.strip_prefix(&folder)?, source.text.as_str())))
            .collect();
        let is_unused = |dependency: &&Dependency| !is_used(dependency, &texts);
        let unused = package.dependencies.iter().filter(is_unused);
        unused.map(|dependency| format!("{}: {}", package.name, dependency.name)).collect::<Vec<_>>()
    });
    none_of("dependencies that their crate does not use", unused);
}

/// Whether any file names the dependency; a file of tests alone does not count for one that ships.
fn is_used(dependency: &Dependency, texts: &BTreeMap<&str, &str>) -> bool {
    let name = dependency.rename.as_ref().unwrap_or(&dependency.name).replace('-', "_");
    // The only crate whose library is called otherwise.
    let name = if name == "md_5" { "md5" } else { name.strip_suffix("_rs").unwrap_or(&name) };
    let is_test = |path: &str| path.starts_with("tests/") || path.ends_with("tests.rs") || path.contains("/tests/");
    let mut counted = texts.iter().filter(|(path, _)| dependency.kind == DependencyKind::Development || !is_test(path));
    counted.any(|(_, text)| names(text, name))
}

/// Whether `name` stands in the text as a word of its own, in a path or an attribute.
fn names(text: &str, name: &str) -> bool {
    let word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    text.match_indices(name).any(|(at, _)| {
        let after = &text[at + name.len()..];
        let is_path =
            after.starts_with("::") || after.starts_with(';') || after.starts_with('"') || after.starts_with(" as ");
        !word(text[..at].chars().next_back()) && !word(after.chars().next()) && is_path
    })
}

#[test]
fn a_dependency_is_named_by_its_path() {
    for (text, is_named) in [
        ("use serde_json::json;", true),
        ("serde_json::json!({})", true),
        ("#[serde(with = \"serde_json\")]", true),
        ("// serde_json is not needed", false),
        ("use my_serde_json::json;", false),
    ] {
        assert_eq!(names(text, "serde_json"), is_named, "{text}");
    }
    let sources = [Source { path: "a.rs".to_owned(), text: "one\ntwo".to_owned() }];
    assert_eq!(sources[0].line(|line| line == "two"), Some(2));
}
