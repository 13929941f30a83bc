//! Documents of other systems, such as quotes, orders and invoices: asked for by kind and id, at an address that a source makes
//! of the two.
//!
//! Guarantee: what a caller names changes only the part of an address that the source left open for it.
use crate::Time;
use crate::ids::{DocumentSourceId, SecretId};

/// How many sources there may be.
pub const SOURCES_MAX: usize = 20;
pub const KIND_CHARACTERS_MAX: usize = 64;
pub const ID_CHARACTERS_MAX: usize = 200;

/// Which document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    kind: String,
    id: String,
}

impl Wanted {
    /// `None` for what would lead elsewhere in an address, or is none.
    pub fn new(kind: &str, id: &str) -> Option<Wanted> {
        let is_good = |text: &str, most: usize| {
            let is_way = text == "." || text == "..";
            !text.trim().is_empty() && text.chars().count() <= most && !is_way && !text.contains(char::is_control)
        };
        let is_good = is_good(kind, KIND_CHARACTERS_MAX) && is_good(id, ID_CHARACTERS_MAX);
        is_good.then(|| Wanted { kind: kind.to_owned(), id: id.to_owned() })
    }

    pub fn kind(&self) -> &str {
        &self.kind
    }

    pub fn id(&self) -> &str {
        &self.id
    }
}

/// A text with places for the kind and the id of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(String);

crate::words! {
    /// What is wrong with a pattern.
    pub enum PatternError {
        Unknown = "has braces around something other than kind and id",
        NoId = "must have a place for the document's {id}",
        Host = "may have places only behind the host",
    }
}

impl Pattern {
    /// Any text, such as a file's name.
    pub fn parse(text: &str) -> Result<Pattern, PatternError> {
        let rest = text.replace("{kind}", "").replace("{id}", "");
        if rest.contains(['{', '}']) { Err(PatternError::Unknown) } else { Ok(Pattern(text.to_owned())) }
    }

    /// An address, whose host nobody but the source decides.
    pub fn address(text: &str) -> Result<Pattern, PatternError> {
        let pattern = Pattern::parse(text)?;
        let (scheme, rest) = text.split_once("://").unwrap_or((text, ""));
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        if scheme.contains('{') || host.contains('{') {
            return Err(PatternError::Host);
        }
        if text.contains("{id}") { Ok(pattern) } else { Err(PatternError::NoId) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// With what is put into it as `escape` has it.
    pub fn fill(&self, wanted: &Wanted, escape: impl Fn(&str) -> String) -> String {
        // In one go: an id may hold braces itself.
        let mut filled = String::new();
        let mut rest = self.0.as_str();
        while let Some((before, from)) = rest.split_once('{') {
            filled.push_str(before);
            let (name, after) = from.split_once('}').unwrap_or((from, ""));
            filled.push_str(&escape(if name == "id" { &wanted.id } else { &wanted.kind }));
            rest = after;
        }
        filled.push_str(rest);
        filled
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentSource {
    pub id: DocumentSourceId,
    pub name: String,
    pub url: Pattern,
    /// The names of the headers that its requests carry; their values are kept as a secret.
    pub headers: Vec<String>,
    pub secret: Option<SecretId>,
    /// What a document is called.
    pub filename: Option<Pattern>,
    /// What its documents are, where its answers do not say.
    pub mime_type: Option<String>,
    pub created_at: Time,
    pub revision: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn escape(text: &str) -> String {
        text.bytes()
            .map(
                |byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") },
            )
            .collect()
    }

    #[test]
    fn a_pattern_leaves_open_what_is_behind_the_host() {
        for (text, expected) in [
            ("https://shop.example/api/{kind}/{id}.pdf", Ok(())),
            ("https://shop.example/pdf?order={id}", Ok(())),
            ("https://shop.example/{kind}.pdf", Err(PatternError::NoId)),
            ("https://shop.example/{Id}.pdf", Err(PatternError::Unknown)),
            ("https://shop.example/{id.pdf", Err(PatternError::Unknown)),
            ("https://shop.example/{{id}}.pdf", Err(PatternError::Unknown)),
            ("https://{kind}.example/{id}", Err(PatternError::Host)),
            ("https://shop.example:{id}/", Err(PatternError::Host)),
            ("https://{id}", Err(PatternError::Host)),
            ("{kind}://shop.example/{id}", Err(PatternError::Host)),
        ] {
            assert_eq!(Pattern::address(text).map(drop), expected, "{text}");
        }
        assert!(Pattern::parse("Invoice {id}.pdf").is_ok() && Pattern::parse("Invoice.pdf").is_ok());
    }

    #[test]
    fn what_is_put_in_stays_in_its_place() {
        let pattern = Pattern::address("https://shop.example/{kind}/{id}.pdf?again={id}").unwrap();
        for (kind, id, expected) in [
            ("invoice", "4711", "https://shop.example/invoice/4711.pdf?again=4711"),
            ("a/b", "../x?y#z", "https://shop.example/a%2Fb/%2E%2E%2Fx%3Fy%23z.pdf?again=%2E%2E%2Fx%3Fy%23z"),
            ("{id}", "{kind}", "https://shop.example/%7Bid%7D/%7Bkind%7D.pdf?again=%7Bkind%7D"),
            ("ü", "@evil", "https://shop.example/%C3%BC/%40evil.pdf?again=%40evil"),
        ] {
            assert_eq!(pattern.fill(&Wanted::new(kind, id).unwrap(), escape), expected);
        }
        for (kind, id) in [
            ("", "1"),
            ("invoice", " "),
            ("invoice", ".."),
            (".", "1"),
            ("invoice", "1\r\nx: y"),
            ("invoice", &"x".repeat(201)),
        ] {
            assert_eq!(Wanted::new(kind, id), None, "{kind} {id}");
        }
    }
}
