//! Canned texts. What finds a text is written with it, in one transaction: so no list shows what is not there, and of the texts of
//! one scope no two have the same shortcut.
use domain::Time;
use domain::canned_text::{CannedText, Scope, TextModule};
use domain::ids::{AttachmentId, CannedTextId};
use domain::merge::{MergeText, Module, Part, Reference};
use domain::text::folded;
use serde::{Deserialize, Serialize};

use crate::codec::{Attributes, Row, decode, encode, text};
use crate::cursor::{Cursor, Page};
use crate::error::StoreError;
use crate::expression::{n, s, values};
use crate::keys::{self, Key};
use crate::table::{Order, Range, Store, Transaction};

/// How often a page is filled up whose texts were passed over.
const ROUNDS_MAX: usize = 5;

#[derive(Serialize, Deserialize)]
struct CannedTextRow {
    id: String,
    name: String,
    module: String,
    parts: Vec<PartRow>,
    #[serde(default)]
    files: Vec<String>,
    scope: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    shortcut: Option<String>,
    created_at: i64,
    updated_at: i64,
    revision: i64,
}

impl Row for CannedTextRow {
    const ENTITY: &'static str = "canned-text";
}

/// Either a text, or a field with all that it needs.
#[derive(Default, Serialize, Deserialize)]
struct PartRow {
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    module: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fallback: Option<String>,
}

/// What leads to a text, or claims its shortcut.
#[derive(Serialize, Deserialize)]
struct EntryRow {
    id: String,
}

impl Row for EntryRow {
    const ENTITY: &'static str = "canned-entry";
}

/// How writing a text ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CannedWrite {
    Done,
    /// It is there already, or others changed it.
    Changed,
    ShortcutTaken(CannedTextId),
}

/// Which texts are asked for.
#[derive(Clone, Copy, Debug)]
pub struct CannedFilter<'a> {
    pub scopes: &'a [Scope],
    pub modules: &'a [TextModule],
    /// Folded; each begins a word of the name.
    pub words: &'a [String],
}

impl PartRow {
    fn of(part: &Part) -> PartRow {
        match part {
            Part::Text(own) => PartRow { text: Some(own.clone()), ..PartRow::default() },
            Part::Field(reference) => PartRow {
                text: None,
                module: Some(reference.module.to_string()),
                field: Some(reference.field.clone()),
                label: Some(reference.label.clone()),
                fallback: reference.fallback.clone(),
            },
        }
    }

    fn read(self) -> Option<Part> {
        match self.text {
            Some(own) => Some(Part::Text(own)),
            None => Some(Part::Field(Reference {
                module: Module::parse(&self.module?)?,
                field: self.field?,
                label: self.label?,
                fallback: self.fallback,
            })),
        }
    }
}

fn item(operation: &'static str, canned: &CannedText) -> Result<Attributes, StoreError> {
    let row = CannedTextRow {
        id: canned.id.to_string(),
        name: canned.name.clone(),
        module: canned.module.to_string(),
        parts: canned.text.0.iter().map(PartRow::of).collect(),
        files: canned.files.iter().map(ToString::to_string).collect(),
        scope: canned.scope.as_str().to_owned(),
        shortcut: canned.shortcut.clone(),
        created_at: canned.created_at.millis(),
        updated_at: canned.updated_at.millis(),
        revision: canned.revision,
    };
    encode(operation, &keys::canned_text(&canned.id), None, &row)
}

fn read(operation: &'static str, item: Attributes) -> Result<CannedText, StoreError> {
    let row: CannedTextRow = decode(operation, item)?;
    let odd = |what: &str| StoreError::row(operation, format!("a canned text with {what} unreadable"));
    let parts: Option<Vec<Part>> = row.parts.into_iter().map(PartRow::read).collect();
    Ok(CannedText {
        id: CannedTextId::parse(&row.id).ok_or_else(|| odd("its id"))?,
        name: row.name,
        module: TextModule::parse(&row.module).ok_or_else(|| odd("its module"))?,
        text: MergeText(parts.ok_or_else(|| odd("its text"))?),
        files: row.files.iter().filter_map(|id| AttachmentId::parse(id)).collect(),
        scope: Scope::parse(&row.scope).ok_or_else(|| odd("its scope"))?,
        shortcut: row.shortcut,
        created_at: Time::from_millis(row.created_at),
        updated_at: Time::from_millis(row.updated_at),
        revision: row.revision,
    })
}

fn shortcut_key(canned: &CannedText) -> Option<Key> {
    canned.folded_shortcut().map(|shortcut| keys::canned_shortcut(&canned.scope, &shortcut))
}

/// Where it is found: by its name, and by each word of it.
fn entries(canned: &CannedText) -> Vec<Key> {
    let CannedText { scope, module, id, .. } = canned;
    let name = keys::canned_name(scope, *module, &folded(&canned.name), id);
    let words = canned.words().into_iter().map(|word| keys::canned_word(scope, *module, &word, id));
    std::iter::once(name).chain(words).collect()
}

/// Rows that lead to the text: those of `new` that `old` lacks are put, the others of `old` deleted.
fn rewrite<'a>(
    operation: &'static str,
    mut transaction: Transaction<'a>,
    old: &[Key],
    new: &[Key],
    id: &CannedTextId,
) -> Result<Transaction<'a>, StoreError> {
    for key in new.iter().filter(|key| !old.contains(key)) {
        transaction = transaction.put_new(encode(operation, key, None, &EntryRow { id: id.to_string() })?);
    }
    for key in old.iter().filter(|key| !new.contains(key)) {
        transaction = transaction.delete_where(key, "#id = :id", values([(":id", s(id.as_str()))]));
    }
    Ok(transaction)
}

impl Store {
    pub async fn canned_text_get(&self, id: &CannedTextId) -> Result<Option<CannedText>, StoreError> {
        const OPERATION: &str = "canned_text_get";
        self.get(OPERATION, &keys::canned_text(id)).await?.map(|item| read(OPERATION, item)).transpose()
    }

    pub async fn canned_text_create(&self, canned: &CannedText) -> Result<CannedWrite, StoreError> {
        const OPERATION: &str = "canned_text_create";
        let transaction = self.transaction(OPERATION).put_new(item(OPERATION, canned)?);
        self.canned_write(OPERATION, transaction, None, Some(canned)).await
    }

    /// Writes `next` in the place of `seen`, if it still is as it was.
    pub async fn canned_text_update(&self, seen: &CannedText, next: &CannedText) -> Result<CannedWrite, StoreError> {
        const OPERATION: &str = "canned_text_update";
        let revision = values([(":seen", n(seen.revision))]);
        let transaction = self.transaction(OPERATION).put_where(item(OPERATION, next)?, "#revision = :seen", revision);
        self.canned_write(OPERATION, transaction, Some(seen), Some(next)).await
    }

    pub async fn canned_text_delete(&self, seen: &CannedText) -> Result<CannedWrite, StoreError> {
        const OPERATION: &str = "canned_text_delete";
        let revision = values([(":seen", n(seen.revision))]);
        let transaction =
            self.transaction(OPERATION).delete_where(&keys::canned_text(&seen.id), "#revision = :seen", revision);
        self.canned_write(OPERATION, transaction, Some(seen), None).await
    }

    /// The text's own row comes first, then its shortcut.
    async fn canned_write(
        &self,
        operation: &'static str,
        transaction: Transaction<'_>,
        seen: Option<&CannedText>,
        next: Option<&CannedText>,
    ) -> Result<CannedWrite, StoreError> {
        let Some(id) = next.or(seen).map(|canned| &canned.id) else { return Ok(CannedWrite::Changed) };
        let shortcut =
            |canned: Option<&CannedText>| -> Vec<Key> { canned.and_then(shortcut_key).into_iter().collect() };
        let places = |canned: Option<&CannedText>| canned.map(entries).unwrap_or_default();
        let transaction = rewrite(operation, transaction, &shortcut(seen), &shortcut(next), id)?;
        let transaction = rewrite(operation, transaction, &places(seen), &places(next), id)?;
        Ok(match transaction.commit().await? {
            Ok(()) => CannedWrite::Done,
            Err(failures) => match failures.as_slice() {
                [None, Some(claim), ..] => {
                    let holder = text(claim, "id").and_then(CannedTextId::parse);
                    holder.map_or(CannedWrite::Changed, CannedWrite::ShortcutTaken)
                }
                _ => CannedWrite::Changed,
            },
        })
    }

    /// The texts of a shortcut, in the order of the scopes.
    pub async fn canned_texts_called(&self, scopes: &[Scope], shortcut: &str) -> Result<Vec<CannedText>, StoreError> {
        const OPERATION: &str = "canned_texts_called";
        let shortcut = folded(shortcut);
        let claims: Vec<Key> = scopes.iter().map(|scope| keys::canned_shortcut(scope, &shortcut)).collect();
        let claims = self.get_many(OPERATION, &claims).await?;
        let mut found = self.canned_rows(OPERATION, &claims).await?;
        found.sort_by_key(|canned| scopes.iter().position(|scope| *scope == canned.scope));
        Ok(found)
    }

    /// By name, or by the word that was found. Each scope and module is a partition of its own; of all, a page is taken in the order
    /// of their places.
    pub async fn canned_texts_page(
        &self,
        filter: CannedFilter<'_>,
        limit: usize,
        after: Option<&Cursor>,
    ) -> Result<Page<CannedText>, StoreError> {
        const OPERATION: &str = "canned_texts_page";
        let mut page = Page { items: Vec::new(), next: after.cloned() };
        for _ in 0..ROUNDS_MAX {
            let wanted = limit.saturating_sub(page.items.len());
            let (entries, next) = self.canned_entries(filter, wanted, page.next.as_ref()).await?;
            let is_first_word = |canned: &CannedText, place: &str| {
                let Some(prefix) = filter.words.first() else { return true };
                let first = canned.words().into_iter().find(|word| word.starts_with(prefix));
                first.is_some_and(|word| keys::canned_word(&canned.scope, canned.module, &word, &canned.id).sk == place)
            };
            let rows = self.canned_rows(OPERATION, &entries).await?;
            for entry in &entries {
                let (Some(place), Some(id)) = (text(entry, "sk"), text(entry, "id")) else { continue };
                let canned = rows.iter().find(|canned| canned.id.as_str() == id);
                let fits = |canned: &&CannedText| canned.is_found_by(filter.words) && is_first_word(canned, place);
                page.items.extend(canned.filter(fits).cloned());
            }
            page.next = next;
            if page.next.is_none() || page.items.len() >= limit {
                break;
            }
        }
        Ok(page)
    }

    async fn canned_entries(
        &self,
        filter: CannedFilter<'_>,
        limit: usize,
        after: Option<&Cursor>,
    ) -> Result<(Vec<Attributes>, Option<Cursor>), StoreError> {
        const OPERATION: &str = "canned_entries";
        let (low, high) = filter.words.first().map_or_else(keys::canned_names, |word| keys::canned_words(word));
        let (mut found, mut is_more) = (Vec::new(), false);
        let mut partitions = Vec::new();
        for scope in filter.scopes {
            partitions.extend(filter.modules.iter().map(|module| keys::canned_texts(scope, *module)));
        }
        for pk in &partitions {
            let range = Range { index: None, pk, range: Some((&low, &high)), order: Order::Ascending, limit };
            let page = self.query(OPERATION, range, after.map(|cursor| cursor.0.as_str())).await?;
            is_more |= page.next.is_some();
            found.extend(page.items);
        }
        let place = |entry: &Attributes| text(entry, "sk").unwrap_or_default().to_owned();
        found.sort_by_key(place);
        is_more |= found.len() > limit;
        found.truncate(limit);
        let next = found.last().filter(|_| is_more).map(|last| Cursor(place(last)));
        Ok((found, next))
    }

    async fn canned_rows(
        &self,
        operation: &'static str,
        entries: &[Attributes],
    ) -> Result<Vec<CannedText>, StoreError> {
        let ids = entries.iter().filter_map(|entry| CannedTextId::parse(text(entry, "id")?));
        let mut wanted: Vec<Key> = ids.map(|id| keys::canned_text(&id)).collect();
        // One text may be found by two words, and DynamoDB reads no key twice at once.
        wanted.sort_by(|one, other| one.pk.cmp(&other.pk));
        wanted.dedup();
        let rows = self.get_many(operation, &wanted).await?;
        rows.into_iter().map(|row| read(operation, row)).collect()
    }
}
