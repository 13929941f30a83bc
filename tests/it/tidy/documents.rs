//! What the documents say about the project.
use super::project::{Source, crates, none_of, read, root, sources};

fn documents() -> impl Iterator<Item = Source> {
    sources().into_iter().filter(|source| source.path.ends_with(".md"))
}

/// The targets of a document's links, without those to the web and within the document.
fn links(document: &str) -> Vec<&str> {
    let targets = document.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let targets = targets.map(|target| target.split(['#', ' ']).next().unwrap_or_default());
    targets.filter(|target| !target.is_empty() && !target.contains(':')).collect()
}

#[test]
fn every_link_leads_somewhere() {
    let broken = documents().flat_map(|document| {
        let folder = root().join(&document.path).parent().unwrap().to_owned();
        let broken = links(&document.text).into_iter().filter(|target| !folder.join(target).exists());
        broken.map(|target| format!("{}: {target}", document.path)).collect::<Vec<_>>()
    });
    none_of("broken links", broken);
}

#[test]
fn links_are_found_in_markdown() {
    let text = "[a](b/c.md#d) [web](https://example.org) [here](#below) ![p](q.png \"title\")";
    assert_eq!(links(text), ["b/c.md", "q.png"]);
}

#[test]
fn the_readme_is_short() {
    assert!(read("README.md").lines().count() < 200);
}

#[test]
fn every_function_and_library_has_its_row_in_the_overview() {
    for (folder, overview) in [("functions", "functions/README.md"), ("shared", "shared/README.md")] {
        let text = read(overview);
        let missing = crates(folder).into_iter().filter(|name| !text.contains(&format!("| `{name}` |")));
        none_of(&format!("crates without a row in {overview}"), missing);
    }
}
