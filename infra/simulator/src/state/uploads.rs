//! Sessions of the Resumable Upload API and the handles that came of them.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// A file on its way in pieces.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct UploadSession {
    pub(crate) file_length: usize,
    pub(crate) file_type: String,
    pub(crate) received: usize,
    /// Kept in memory only: nobody reads it back.
    #[serde(skip)]
    pub(crate) content: Bytes,
}

/// A file that was uploaded whole, as the control API shows it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct UploadedFile {
    pub handle: String,
    pub file_type: String,
    pub file_length: usize,
    /// Only in the process that took it.
    #[serde(skip)]
    pub content: Bytes,
}
