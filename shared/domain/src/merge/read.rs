//! Reading a text: its fields are found by their labels, and all that is wrong is told at once.
use super::{BAR, CLOSE, Catalog, ESCAPE, MergeText, Module, OPEN, Part, Reference, trailing_escapes};

/// A field that cannot be meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// Where it begins, in characters from the start of the text, the first being 1.
    pub place: usize,
    /// As it stands in the text.
    pub written: String,
    pub fault: Fault,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    NotClosed,
    /// There is no dot in it.
    NoModule,
    UnknownModule,
    /// The text is for the other kind of people.
    OtherModule {
        module: Module,
        text: Module,
    },
    /// With the labels that there are.
    UnknownField {
        module: Module,
        labels: Vec<String>,
    },
    /// Several fields are labelled so, but for case.
    Ambiguous {
        labels: Vec<String>,
    },
}

/// The longest that is quoted of what is wrong.
const QUOTED_MAX: usize = 60;

impl Wrong {
    /// The end of a sentence that begins with the name of the text.
    pub fn explain(&self) -> String {
        let Wrong { place, written, fault } = self;
        let why = match fault {
            Fault::NotClosed => format!("is not closed by {CLOSE}; a literal {OPEN} is written {ESCAPE}{OPEN}"),
            Fault::NoModule | Fault::UnknownModule => {
                format!("names no module that exists: {}", words(Module::ALL.iter().map(|module| module.word())))
            }
            Fault::OtherModule { module, text } => format!("is a field of {module}, and the text is for {text}"),
            Fault::UnknownField { module, labels } => {
                format!("names no field of {module} that exists: {}", words(labels.iter().map(String::as_str)))
            }
            Fault::Ambiguous { labels } => {
                format!("may be any of these; write it as one of them: {}", words(labels.iter().map(String::as_str)))
            }
        };
        format!("has at character {place} {written}, which {why}")
    }
}

fn words<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.collect::<Vec<_>>().join(", ")
}

impl MergeText {
    /// `module`: the one that the text is for, if it is for one alone.
    pub fn read(text: &str, catalog: &Catalog, module: Option<Module>) -> Result<MergeText, Vec<Wrong>> {
        let (mut parts, mut wrong, mut literal, mut rest) = (Vec::new(), Vec::new(), String::new(), text);
        while let Some((before, after)) = rest.split_once(OPEN) {
            let slashes = trailing_escapes(before);
            let bare = before.get(..before.len().saturating_sub(slashes)).unwrap_or_default();
            literal.push_str(bare);
            literal.extend(std::iter::repeat_n(ESCAPE, slashes / 2));
            if slashes % 2 == 1 {
                literal.push_str(OPEN);
                rest = after;
                continue;
            }
            let start = text.len().saturating_sub(after.len()).saturating_sub(OPEN.len());
            let mut fault = |written: &str, fault| {
                let place = text.get(..start).unwrap_or_default().chars().count().saturating_add(1);
                wrong.push(Wrong { place, written: quoted(written), fault });
            };
            let Some(inside) = inside(after) else {
                fault(after, Fault::NotClosed);
                rest = "";
                break;
            };
            rest = after.get(inside.length..).unwrap_or_default();
            match reference(&inside, catalog, module) {
                Ok(reference) => {
                    if !literal.is_empty() {
                        parts.push(Part::Text(std::mem::take(&mut literal)));
                    }
                    parts.push(Part::Field(reference));
                }
                Err(error) => fault(after.get(..inside.length).unwrap_or_default(), error),
            }
        }
        literal.push_str(rest);
        if !literal.is_empty() {
            parts.push(Part::Text(literal));
        }
        if wrong.is_empty() { Ok(MergeText(parts)) } else { Err(wrong) }
    }
}

fn quoted(written: &str) -> String {
    let line = written.lines().next().unwrap_or_default();
    let cut: String = line.chars().take(QUOTED_MAX).collect();
    let more = if cut.len() < written.len() { "…" } else { "" };
    format!("{OPEN}{cut}{more}")
}

/// What stands between the brackets, unescaped.
struct Inside {
    name: String,
    fallback: Option<String>,
    /// In bytes, the closing bracket included.
    length: usize,
}

fn inside(after: &str) -> Option<Inside> {
    let (mut name, mut fallback) = (String::new(), None::<String>);
    let mut letters = after.char_indices();
    while let Some((at, letter)) = letters.next() {
        let letter = match letter {
            CLOSE => return Some(Inside { name, fallback, length: at.saturating_add(CLOSE.len_utf8()) }),
            BAR if fallback.is_none() => {
                fallback = Some(String::new());
                continue;
            }
            ESCAPE => letters.next()?.1,
            other => other,
        };
        fallback.as_mut().unwrap_or(&mut name).push(letter);
    }
    None
}

fn reference(inside: &Inside, catalog: &Catalog, text: Option<Module>) -> Result<Reference, Fault> {
    let (module, label) = inside.name.split_once('.').ok_or(Fault::NoModule)?;
    let named = Module::ALL.iter().find(|known| known.word().eq_ignore_ascii_case(module.trim()));
    let module = *named.ok_or(Fault::UnknownModule)?;
    if let Some(text) = text
        && matches!(module, Module::Leads | Module::Contacts)
        && module != text
    {
        return Err(Fault::OtherModule { module, text });
    }
    let labels = |fields: &mut dyn Iterator<Item = &super::Field>| fields.map(|field| field.label.clone()).collect();
    match catalog.labelled(module, label).as_slice() {
        [] => Err(Fault::UnknownField { module, labels: labels(&mut catalog.of(module)) }),
        [field] => Ok(Reference {
            module,
            field: field.id.clone(),
            label: field.label.clone(),
            fallback: inside.fallback.clone(),
        }),
        several => Err(Fault::Ambiguous { labels: labels(&mut several.iter().copied()) }),
    }
}
