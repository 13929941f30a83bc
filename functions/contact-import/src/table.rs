//! The table of an import, piece by piece: one that came with the request, or a file in the bucket. Never more than a piece of a
//! file is in memory.
use domain::contact_import::ContactImport;
use domain::csv::{PIECE, Piece, Place, Separator};
use net::AwsError;

use crate::{Import, ImportError};

pub(crate) struct Table<'a> {
    import: &'a Import,
    separator: Separator,
    source: Source,
}

enum Source {
    Request(Vec<u8>),
    File {
        key: String,
        /// In bytes.
        size: u64,
    },
    /// It cannot be read any more, and why.
    Gone(String),
}

impl Table<'_> {
    pub(crate) async fn of<'a>(import: &'a Import, row: &ContactImport) -> Result<Table<'a>, ImportError> {
        let source = match &row.file {
            None => {
                let table = import.store.contact_import_table(&row.id).await?;
                Source::Request(table.ok_or(ImportError::Table)?.into_bytes())
            }
            Some(id) => match import.store.attachment_get(id).await? {
                Some((file, _)) if file.is_usable() => {
                    Source::File { key: file.object_key(), size: file.size.unwrap_or_default() }
                }
                Some((file, _)) => Source::Gone(format!("its file is {}", file.state)),
                None => Source::Gone(MISSING.to_owned()),
            },
        };
        Ok(Table { import, separator: row.separator, source })
    }

    /// The rows from a place on; `Err` within: why the table cannot be read.
    pub(crate) async fn piece(&self, from: Place) -> Result<Result<Piece, String>, ImportError> {
        let (bytes, is_last) = match &self.source {
            Source::Gone(problem) => return Ok(Err(problem.clone())),
            Source::Request(table) => {
                let begun = usize::try_from(from.byte).ok().and_then(|from| table.get(from..));
                (begun.unwrap_or_default().to_vec(), true)
            }
            Source::File { size, .. } if from.byte >= *size => (Vec::new(), true),
            Source::File { key, size } => {
                let part = self.import.aws.get_object_part(&self.import.bucket, key, from.byte, PIECE).await;
                let bytes = match part {
                    Ok(answer) => answer.into_body().to_vec(),
                    // Who may not list a bucket is told that access is denied where nothing is.
                    Err(AwsError::Refused { status: 403 | 404, .. }) => return Ok(Err(MISSING.to_owned())),
                    Err(error) => return Err(error.into()),
                };
                let end = from.byte.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
                (bytes, end >= *size)
            }
        };
        Ok(Piece::read(&bytes, self.separator, from, is_last).map_err(|wrong| wrong.to_string()))
    }

    /// How many rows there are from a place on.
    pub(crate) async fn count(&self, from: Place) -> Result<Result<u32, String>, ImportError> {
        let (mut rows, mut place) = (0_u32, from);
        loop {
            let piece = match self.piece(place).await? {
                Ok(piece) => piece,
                Err(problem) => return Ok(Err(problem)),
            };
            if piece.end == place {
                return Ok(Ok(rows));
            }
            rows = rows.saturating_add(u32::try_from(piece.rows.len()).unwrap_or(u32::MAX));
            place = piece.end;
        }
    }
}

const MISSING: &str = "its file is no longer there";
