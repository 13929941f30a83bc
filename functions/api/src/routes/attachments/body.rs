//! The body that announces a file: one that the caller brings, or one that another system has.
use domain::attachment::{MediaKind as Kind, Origin, Place};
use domain::document::Wanted;
use domain::ids;
use serde::Deserialize;
use utoipa::ToSchema;
use whatsapp::media::{check_file, usual_kind};

use crate::App;
use crate::fields::{DocumentSourceId, MediaKind, Members, MimeType, Text, WebAddress};
use crate::outside::callable;
use crate::problem::{FieldError, Problem};

type Filename = Text<240>;
const FILENAME_CHARACTERS_MAX: usize = 240;

/// A file that is to be sent: `filename`, `mime_type` and `size` of one that the caller brings; or `from_url`; or `from_source`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewAttachment {
    /// Of a file that is fetched it follows from where it is, unless given.
    filename: Option<Filename>,
    /// Of a file that is fetched it is what the other system says, unless given.
    mime_type: Option<MimeType>,
    /// In bytes; only of a file that the caller brings.
    #[schema(minimum = 1, maximum = 104_857_600)]
    size: Option<u64>,
    /// What WhatsApp is to show it as; follows from the MIME type unless given.
    kind: Option<MediaKind>,
    /// Where it is to be fetched from: of the public internet, over HTTPS.
    from_url: Option<WebAddress>,
    /// The document of another system that it is.
    #[schema(value_type = Option<FromSourceInput>)]
    from_source: Option<Members<FromSourceInput>>,
}

/// Which document of which source.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct FromSourceInput {
    source_id: DocumentSourceId,
    /// `quote`, `order`, `invoice` or what else the other system has.
    kind: Text<64>,
    /// The other system's own id of it.
    id: Text<200>,
}

/// What is to become of the body.
pub(super) struct Planned {
    pub(super) kind: Kind,
    pub(super) mime_type: Option<String>,
    pub(super) size: Option<u64>,
    pub(super) filename: String,
    pub(super) origin: Option<Origin>,
}

impl NewAttachment {
    pub(super) async fn plan(self, app: &App) -> Result<Planned, Problem> {
        let (place, name) = match (&self.from_url, &self.from_source) {
            (None, None) => return self.announced(),
            (Some(_), Some(_)) => return Err(Problem::field("from_source", "cannot be given beside from_url")),
            (Some(WebAddress(url)), None) => {
                callable(app, "from_url", url).await?;
                (Place::Link { url: url.clone() }, last_of(url))
            }
            (None, Some(Members(wanted))) => document(app, wanted).await?,
        };
        if self.size.is_some() {
            return Err(Problem::field("size", "is not known before the file is fetched"));
        }
        let mime_type = self.mime_type.map(|text| text.0);
        let asked = self.kind.map(|kind| kind.0);
        let kind = asked.unwrap_or_else(|| mime_type.as_deref().map_or(Kind::Document, usual_kind));
        if let Some(mime_type) = &mime_type {
            // Only the size is not known yet.
            refuse(kind, mime_type, 1)?;
        }
        let filename = self.filename.map_or(name, |text| text.0);
        let filename = filename.chars().take(FILENAME_CHARACTERS_MAX).collect();
        Ok(Planned {
            kind,
            mime_type,
            size: None,
            filename,
            origin: Some(Origin { place, is_kind_open: asked.is_none() }),
        })
    }

    fn announced(self) -> Result<Planned, Problem> {
        let (Some(filename), Some(mime_type), Some(size)) = (&self.filename, &self.mime_type, self.size) else {
            let members = [
                ("filename", self.filename.is_none()),
                ("mime_type", self.mime_type.is_none()),
                ("size", self.size.is_none()),
            ];
            let missing = members.into_iter().filter(|(_, is_missing)| *is_missing);
            let needed = "is needed, unless from_url or from_source says where the file is";
            return Err(Problem::InvalidInput(missing.map(|(name, _)| FieldError::new(name, needed)).collect()));
        };
        let kind = self.kind.map_or_else(|| usual_kind(&mime_type.0), |kind| kind.0);
        refuse(kind, &mime_type.0, size)?;
        let (filename, mime_type) = (filename.0.clone(), Some(mime_type.0.clone()));
        Ok(Planned { kind, mime_type, size: Some(size), filename, origin: None })
    }
}

fn refuse(kind: Kind, mime_type: &str, size: u64) -> Result<(), Problem> {
    let violations = check_file(kind, mime_type, size);
    if violations.is_empty() {
        return Ok(());
    }
    Err(Problem::FileRefused(violations.into_iter().map(Into::into).collect()))
}

async fn document(app: &App, wanted: &FromSourceInput) -> Result<(Place, String), Problem> {
    let id = &wanted.source_id.0;
    let source = app.store.document_source_get(id).await?;
    let missing = || Problem::unknown("from_source.source_id", format!("names {id}, which does not exist"));
    let source = source.ok_or_else(missing)?;
    let document = Wanted::new(&wanted.kind.0, &wanted.id.0);
    let document = document
        .ok_or_else(|| Problem::field("from_source.id", "and the kind must be names, and no part of a path"))?;
    let plain = |text: &str| text.replace(['/', '\\'], "_");
    let name = match &source.filename {
        Some(pattern) => pattern.fill(&document, plain),
        None => format!("{}-{}", plain(document.kind()), plain(document.id())),
    };
    let (kind, number) = (document.kind().to_owned(), document.id().to_owned());
    Ok((Place::Source { source: ids::DocumentSourceId::clone(id), kind, id: number }, name))
}

/// The last part of an address's path, as a name.
fn last_of(url: &str) -> String {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let behind_host = path.split_once("://").and_then(|(_, rest)| rest.split_once('/'));
    let name = behind_host.and_then(|(_, path)| path.rsplit('/').find(|part| !part.is_empty()));
    name.unwrap_or("file").to_owned()
}
