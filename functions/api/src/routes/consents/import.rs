//! An import of consents: rows are read one by one, so that a wrong one harms no other, and a few at a time are written.
use std::time::Duration;

use domain::Time;
use domain::consent::Entry;
use domain::contact::Contact;
use domain::csv;
use domain::ids;
use domain::settings::Settings;
use futures::{StreamExt, stream};
use runtime::{clock, random};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::row::{Row, Texts, Whom, column, is_column, texts};
use super::tell;
use crate::auth::Caller;
use crate::fields::{ChannelId, ConsentId, ContactId, ContactKind, Id, Text, Word, vocabulary};
use crate::problem::Problem;
use crate::{App, recipient, sight};

const ROWS_MAX: usize = 500;
/// How many rows are worked on at a time.
const AT_ONCE: usize = 16;
/// How long rows are begun: the answer must be there before the function's time is over.
const TIME: Duration = Duration::from_secs(20);
/// How often a row is tried again when another one makes the same contact at the same time.
const TRIES_MAX: u32 = 3;

type Table = Text<200_000>;

/// Either `consents` or `csv`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewImport {
    /// Up to 500 rows.
    #[schema(max_items = 500, value_type = Option<Vec<ConsentRow>>)]
    consents: Option<Vec<Value>>,
    /// A table whose first line names its columns as the members of a row are named.
    #[schema(inline)]
    csv: Option<Table>,
    /// Add people whom nobody knows yet as this; without it their rows are refused.
    create_as: Option<ContactKind>,
    /// From where to ask people, if a purpose asks for their own yes.
    channel_id: Option<ChannelId>,
}

/// Exactly one of `contact_id`, and `phone` or `bsuid`; phones are repaired where that is safe (`0049…`, blanks, a number in
/// place of a text).
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what is read member by member")]
struct ConsentRow {
    contact_id: Option<ContactId>,
    phone: Option<String>,
    bsuid: Option<String>,
    /// `service`, `utility` or `marketing`.
    purpose: String,
    /// `given` or `withdrawn`.
    state: String,
    /// When it was said. A consent without it stands only while the person has said nothing; a withdrawal holds from now on.
    at: Option<String>,
    source: Option<String>,
    proof: Option<String>,
}

domain::words! {
    pub(crate) enum RowOutcome {
        Recorded = "recorded",
        /// It was imported before.
        Unchanged = "unchanged",
        Refused = "refused",
        /// There was no time for it; import it again.
        Postponed = "postponed",
    }
}

vocabulary! { ImportOutcome = RowOutcome }

#[derive(Serialize, ToSchema)]
#[schema(as = ConsentImport)]
pub(super) struct ImportView {
    recorded: usize,
    unchanged: usize,
    refused: usize,
    postponed: usize,
    /// One for each row, in order.
    rows: Vec<RowView>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = ConsentImportRow)]
struct RowView {
    /// The first row is 1; the line of a table that names its columns does not count.
    row: usize,
    outcome: ImportOutcome,
    contact_id: Option<ContactId>,
    entry_id: Option<ConsentId>,
    /// What is wrong with it; the column comes first.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    /// Why the person could not be asked for their yes.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

/// What is needed for every row.
struct Frame<'a> {
    app: &'a App,
    caller: &'a Caller,
    settings: Settings,
    create_as: Option<domain::contact::ContactKind>,
    channel: Option<ids::ChannelId>,
    now: Time,
}

pub(super) async fn run(app: &App, caller: &Caller, import: NewImport, now: Time) -> Result<ImportView, Problem> {
    let rows = rows(&import)?;
    let channel = import.channel_id.map(|id| id.0);
    if let Some(channel) = &channel
        && app.store.channel_get(channel).await?.is_none()
    {
        return Err(Problem::unknown("channel_id", "names a channel that does not exist"));
    }
    let create_as = import.create_as.map(|kind| kind.0);
    let frame = Frame { app, caller, settings: app.store.settings_get().await?, create_as, channel, now };
    let work = rows.into_iter().enumerate().map(|(index, row)| frame.row(index.saturating_add(1), row));
    let done: Vec<Result<RowView, Problem>> = stream::iter(work).buffered(AT_ONCE).collect().await;
    let rows = done.into_iter().collect::<Result<Vec<RowView>, Problem>>()?;
    let count = |outcome| rows.iter().filter(|row| row.outcome.0 == outcome).count();
    Ok(ImportView {
        recorded: count(RowOutcome::Recorded),
        unchanged: count(RowOutcome::Unchanged),
        refused: count(RowOutcome::Refused),
        postponed: count(RowOutcome::Postponed),
        rows,
    })
}

fn rows(import: &NewImport) -> Result<Vec<Result<Texts, String>>, Problem> {
    let (field, rows) = match (&import.consents, &import.csv) {
        (Some(rows), None) => ("consents", rows.iter().map(texts).collect()),
        (None, Some(table)) => ("csv", table_rows(&table.0)?),
        (Some(_), Some(_)) | (None, None) => {
            return Err(Problem::field("consents", "is missing; give either consents or csv"));
        }
    };
    if rows.is_empty() || rows.len() > ROWS_MAX {
        return Err(Problem::field(field, format!("must have 1 to {ROWS_MAX} rows")));
    }
    Ok(rows)
}

fn table_rows(table: &str) -> Result<Vec<Result<Texts, String>>, Problem> {
    let unreadable = |unreadable: csv::Unreadable| Problem::field("csv", unreadable.to_string());
    let mut lines = csv::rows(table).map_err(unreadable)?.into_iter().map(|row| row.cells);
    let columns: Vec<String> = lines.next().unwrap_or_default().iter().map(|name| column(name)).collect();
    if let Some(unknown) = columns.iter().find(|name| !is_column(name)) {
        return Err(Problem::field("csv", format!("has a column that is not known: {unknown}")));
    }
    let row = |line: Vec<String>| {
        if line.len() > columns.len() {
            return Err(format!("has {} fields, more than the {} columns", line.len(), columns.len()));
        }
        let fields = columns.iter().cloned().zip(line.into_iter().map(|field| field.trim().to_owned()));
        Ok(fields.filter(|(_, field)| !field.is_empty()).collect())
    };
    Ok(lines.map(row).collect())
}

fn refused(row: usize, error: String) -> RowView {
    RowView {
        row,
        outcome: Word(RowOutcome::Refused),
        contact_id: None,
        entry_id: None,
        error: Some(error),
        note: None,
    }
}

impl Frame<'_> {
    async fn row(&self, number: usize, texts: Result<Texts, String>) -> Result<RowView, Problem> {
        let now = self.now;
        if clock::now() > now.plus(TIME) {
            return Ok(RowView { outcome: Word(RowOutcome::Postponed), error: None, ..refused(number, String::new()) });
        }
        let row = match texts.and_then(|texts| Row::read(texts, now)) {
            Ok(row) => row,
            Err(error) => return Ok(refused(number, error)),
        };
        let mut contact = match self.contact(&row.whom).await? {
            Ok(contact) => contact,
            Err(error) => return Ok(refused(number, error)),
        };
        let statement = row.statement(&contact, self.channel.clone(), now);
        let entries = tell(self.app, &mut contact, vec![statement], &self.settings, now).await?;
        let entry: Option<Entry> = entries.into_iter().next();
        let is_new = entry.as_ref().is_some_and(|entry| entry.recorded_at == now);
        Ok(RowView {
            row: number,
            outcome: Word(if is_new { RowOutcome::Recorded } else { RowOutcome::Unchanged }),
            contact_id: Some(Id(contact.id)),
            entry_id: entry.as_ref().map(|entry| Id(entry.id.clone())),
            error: None,
            note: entry.and_then(|entry| entry.note),
        })
    }

    async fn contact(&self, whom: &Whom) -> Result<Result<Contact, String>, Problem> {
        let store = &self.app.store;
        let identities = match whom {
            Whom::Contact(id) => {
                return match sight::contact(self.app, self.caller, id).await {
                    Ok(found) => Ok(Ok(found)),
                    Err(Problem::NotFound { .. }) => {
                        Ok(Err("contact_id names a contact that does not exist".to_owned()))
                    }
                    Err(problem) => Err(problem),
                };
            }
            Whom::Identities(identities) => identities,
        };
        for _ in 0..TRIES_MAX {
            if let Some(id) = recipient::find(store, identities).await?
                && let Some(contact) = store.contact_get(&id).await?
            {
                let is_seen = sight::knows(self.app, self.caller, &contact).await?;
                return Ok(if is_seen {
                    Ok(contact)
                } else {
                    Err("phone leads to somebody whom you may not see".to_owned())
                });
            }
            let Some(kind) = self.create_as else {
                return Ok(Err("phone leads to nobody; name create_as to add such people".to_owned()));
            };
            let id = ids::ContactId::new(self.now, random::entropy());
            let contact = Contact::stranger(id, kind, identities.clone(), self.now);
            let contact = Contact { owner: sight::given(self.caller), ..contact };
            if store.contact_create(&contact).await? {
                return Ok(Ok(contact));
            }
        }
        Err(Problem::ChangedMeanwhile)
    }
}
