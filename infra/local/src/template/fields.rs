//! Takes a map of the template apart. A key that nobody asked for is reported when the map is dropped, so that a reader cannot
//! forget to refuse what it does not understand.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

use super::problems::Problems;
use super::tree::{Entry, Node, Value};

pub(super) struct Fields<'a> {
    pub(super) problems: &'a Problems,
    /// What the map describes, as messages name it: `InboundQueue.RedrivePolicy`.
    pub(super) what: String,
    pub(super) line: usize,
    entries: Vec<Entry>,
    understood: Vec<&'static str>,
    /// The map itself was wrong, which is reported: no word about what is missing in it.
    broken: bool,
}

/// A value with the line that messages about it name.
#[derive(Clone, Debug)]
pub(super) struct Text {
    pub(super) line: usize,
    pub(super) value: String,
}

impl<'a> Fields<'a> {
    pub(super) fn new(problems: &'a Problems, what: impl Into<String>, node: Node) -> Self {
        let (what, line) = (what.into(), node.line);
        let (entries, broken) = match node.value {
            Value::Map(entries) => (entries, false),
            Value::Broken => (Vec::new(), true),
            Value::Null | Value::Scalar(_) | Value::List(_) => {
                problems.report(line, format!("{what}: expected a map, found {}", node.kind()));
                (Vec::new(), true)
            }
        };
        Self { problems, what, line, entries, understood: Vec::new(), broken }
    }

    /// Reports those of `keys` that are not there.
    pub(super) fn needs(&self, keys: &[&str]) {
        for key in keys {
            if !self.broken && !self.has(key) {
                self.problems.report(self.line, format!("{}: {key} is missing", self.what));
            }
        }
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.entries.iter().any(|entry| entry.key == key)
    }

    pub(super) fn report(&self, line: usize, message: impl Display) {
        self.problems.report(line, format!("{}: {message}", self.what));
    }

    pub(super) fn take(&mut self, key: &'static str) -> Option<Node> {
        self.understood.push(key);
        let at = self.entries.iter().position(|entry| entry.key == key)?;
        let node = self.entries.remove(at).node;
        (!matches!(node.value, Value::Broken)).then_some(node)
    }

    pub(super) fn text(&mut self, key: &'static str) -> Option<Text> {
        let node = self.take(key)?;
        self.as_text(key, node)
    }

    /// A single value, or a list of them.
    pub(super) fn texts(&mut self, key: &'static str) -> Vec<Text> {
        match self.take(key) {
            Some(Node { value: Value::List(items), .. }) => {
                items.into_iter().filter_map(|item| self.as_text(key, item)).collect()
            }
            Some(node) => self.as_text(key, node).into_iter().collect(),
            None => Vec::new(),
        }
    }

    pub(super) fn number<T>(&mut self, key: &'static str, range: RangeInclusive<T>) -> Option<T>
    where
        T: FromStr + PartialOrd + Display,
    {
        let Text { line, value } = self.text(key)?;
        let number = value.parse().ok().filter(|number| range.contains(number));
        if number.is_none() {
            let (from, to) = range.into_inner();
            self.report(line, format!("{key} is {value}; understood: a whole number from {from} to {to}"));
        }
        number
    }

    pub(super) fn boolean(&mut self, key: &'static str) -> Option<bool> {
        self.choice(key, &[("true", true), ("false", false)])
    }

    /// One of the given words, each with what it stands for.
    pub(super) fn choice<T: Copy>(&mut self, key: &'static str, choices: &[(&str, T)]) -> Option<T> {
        let text = self.text(key)?;
        self.choose(key, &text, choices)
    }

    pub(super) fn choose<T: Copy>(&self, key: &str, Text { line, value }: &Text, choices: &[(&str, T)]) -> Option<T> {
        let chosen = choices.iter().find(|(word, _)| word == value).map(|(_, meaning)| *meaning);
        if chosen.is_none() {
            let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
            self.report(*line, format!("{key} is {value}; understood: {}", words.join(", ")));
        }
        chosen
    }

    /// The map under `key`, to be taken apart in turn.
    pub(super) fn fields(&mut self, key: &'static str) -> Option<Fields<'a>> {
        let node = self.take(key)?;
        Some(Fields::new(self.problems, format!("{}.{key}", self.what), node))
    }

    /// The list of maps under `key`.
    pub(super) fn items(&mut self, key: &'static str) -> Vec<Fields<'a>> {
        let (problems, what) = (self.problems, format!("{}.{key}", self.what));
        self.list(key).into_iter().map(|item| Fields::new(problems, what.clone(), item)).collect()
    }

    pub(super) fn list(&mut self, key: &'static str) -> Vec<Node> {
        match self.take(key) {
            Some(Node { value: Value::List(items), .. }) => items,
            Some(node) => {
                self.report(node.line, format!("{key}: expected a list, found {}", node.kind()));
                Vec::new()
            }
            None => Vec::new(),
        }
    }

    /// The map under `key` whose keys are the template's own names.
    pub(super) fn entries(&mut self, key: &'static str) -> Vec<Entry> {
        self.fields(key).map(Fields::into_entries).unwrap_or_default()
    }

    /// The map under `key` from the template's own names to single values.
    pub(super) fn named_texts(&mut self, key: &'static str) -> Vec<(String, Text)> {
        let entries = self.entries(key).into_iter();
        entries.filter_map(|Entry { key, node, .. }| self.as_text(&key, node).map(|text| (key, text))).collect()
    }

    fn into_entries(mut self) -> Vec<Entry> {
        std::mem::take(&mut self.entries)
    }

    fn as_text(&self, key: &str, node: Node) -> Option<Text> {
        match node.value {
            Value::Scalar(value) => Some(Text { line: node.line, value }),
            Value::Broken => None,
            Value::Null | Value::List(_) | Value::Map(_) => {
                self.report(node.line, format!("{key}: expected a single value, found {}", node.kind()));
                None
            }
        }
    }
}

impl Drop for Fields<'_> {
    fn drop(&mut self) {
        for entry in &self.entries {
            let understood = self.understood.join(", ");
            self.report(entry.line, format!("{} is not understood; understood: {understood}", entry.key));
        }
    }
}
