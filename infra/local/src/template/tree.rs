//! YAML as a small tree in which every value knows its line, and in which a short intrinsic (`!Ref x`) looks like the long
//! one (`Ref: x`). What CloudFormation refuses in YAML is reported: aliases, keys given twice, foreign tags.

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span, StrInput, Tag};

use super::problems::Problems;

#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) line: usize,
    pub(super) value: Value,
}

#[derive(Clone, Debug)]
pub(super) enum Value {
    Null,
    Scalar(String),
    List(Vec<Node>),
    Map(Vec<Entry>),
    /// Stands for something already reported; whoever meets it keeps silent.
    Broken,
}

#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) key: String,
    /// Line of the key.
    pub(super) line: usize,
    pub(super) node: Node,
}

impl Node {
    pub(super) const fn broken(line: usize) -> Self {
        Self { line, value: Value::Broken }
    }

    /// What the value is, for "expected a list, found a map".
    pub(super) const fn kind(&self) -> &'static str {
        match self.value {
            Value::Null => "nothing",
            Value::Scalar(_) => "a single value",
            Value::List(_) => "a list",
            Value::Map(_) => "a map",
            Value::Broken => "an error",
        }
    }
}

/// Parses a file with one document. `None` if it is not YAML at all.
pub(super) fn parse(text: &str, problems: &Problems) -> Option<Node> {
    let mut builder = Builder { events: Parser::new_from_str(text), problems };
    match builder.document() {
        Ok(node) => Some(node),
        Err(stop) => {
            problems.report(stop.line, stop.message);
            None
        }
    }
}

/// Where the parser could not go on.
struct Stop {
    line: usize,
    message: String,
}

impl From<ScanError> for Stop {
    fn from(error: ScanError) -> Self {
        Self { line: error.marker().line(), message: format!("not valid YAML: {}", error.info()) }
    }
}

struct Builder<'a> {
    events: Parser<'a, StrInput<'a>>,
    problems: &'a Problems,
}

impl<'a> Builder<'a> {
    fn document(&mut self) -> Result<Node, Stop> {
        let root = loop {
            let (event, span) = self.next()?;
            if !matches!(event, Event::StreamStart | Event::DocumentStart(_)) {
                break self.node(event, &span)?;
            }
        };
        loop {
            match self.next()? {
                (Event::StreamEnd, _) => return Ok(root),
                (Event::DocumentStart(_), span) => {
                    self.problems
                        .report(span.start.line(), "a template is one YAML document; a second one begins here");
                    return Ok(root);
                }
                _ => {}
            }
        }
    }

    fn next(&mut self) -> Result<(Event<'a>, Span), Stop> {
        let end = || Stop { line: 1, message: "the file ends too early".to_owned() };
        Ok(self.events.next().ok_or_else(end)??)
    }

    fn node(&mut self, event: Event<'a>, span: &Span) -> Result<Node, Stop> {
        let line = span.start.line();
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.refuse_anchor(anchor, line);
                let null = style == ScalarStyle::Plain && tag.is_none() && matches!(&*text, "" | "~" | "null");
                let value = if null { Value::Null } else { Value::Scalar(text.into_owned()) };
                Ok(self.tagged(tag.as_deref(), Node { line, value }))
            }
            Event::SequenceStart(anchor, tag) => {
                self.refuse_anchor(anchor, line);
                let items = self.list()?;
                Ok(self.tagged(tag.as_deref(), Node { line, value: Value::List(items) }))
            }
            Event::MappingStart(anchor, tag) => {
                self.refuse_anchor(anchor, line);
                let entries = self.map()?;
                Ok(self.tagged(tag.as_deref(), Node { line, value: Value::Map(entries) }))
            }
            Event::Alias(_) => {
                self.problems.report(line, "CloudFormation knows no YAML aliases (*name)");
                Ok(Node::broken(line))
            }
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd
            | Event::SequenceEnd
            | Event::MappingEnd => Err(Stop { line, message: "the template is empty".to_owned() }),
        }
    }

    fn list(&mut self) -> Result<Vec<Node>, Stop> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(items),
                (event, span) => items.push(self.node(event, &span)?),
            }
        }
    }

    fn map(&mut self) -> Result<Vec<Entry>, Stop> {
        let mut entries: Vec<Entry> = Vec::new();
        loop {
            let (event, span) = self.next()?;
            if matches!(event, Event::MappingEnd) {
                return Ok(entries);
            }
            let key = self.node(event, &span)?;
            let (event, span) = self.next()?;
            let node = self.node(event, &span)?;
            let Node { line, value: Value::Scalar(key) } = key else {
                return Err(Stop { line: key.line, message: format!("a key must be a name, not {}", key.kind()) });
            };
            if entries.iter().any(|entry| entry.key == key) {
                self.problems.report(line, format!("{key} is given twice"));
            } else {
                entries.push(Entry { key, line, node });
            }
        }
    }

    fn refuse_anchor(&self, anchor: usize, line: usize) {
        if anchor != 0 {
            self.problems.report(line, "CloudFormation knows no YAML anchors (&name)");
        }
    }

    /// Rewrites `!Name x` as `Name: x`, with the `Fn::` that all but two intrinsics carry in their long form.
    fn tagged(&self, tag: Option<&Tag>, node: Node) -> Node {
        let Some(tag) = tag else { return node };
        let line = node.line;
        if tag.handle != "!" {
            self.problems.report(line, format!("the tag {tag} is not one of CloudFormation's"));
            return Node::broken(line);
        }
        let key = if matches!(tag.suffix.as_str(), "Ref" | "Condition") {
            tag.suffix.clone()
        } else {
            format!("Fn::{}", tag.suffix)
        };
        Node { line, value: Value::Map(vec![Entry { key, line, node }]) }
    }
}
