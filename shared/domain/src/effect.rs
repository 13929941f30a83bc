//! What an error of Meta's changes beside the message that met it: the same whether it came as an answer or by webhook.
use std::time::Duration;

use crate::health::BlockReason;

/// How long nobody is sent marketing whom Meta just spared it.
pub const MARKETING_PAUSE: Duration = Duration::from_secs(24 * 3600);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// The person stopped marketing messages (P40).
    StopMarketing,
    /// No marketing to this person for [`MARKETING_PAUSE`].
    PauseMarketing,
    /// The person is not to be reached on WhatsApp.
    Unreachable,
    /// The channel starts no conversations for some hours (P26).
    Brake,
    /// The channel sends nothing until it is put right (P27).
    Stop(BlockReason),
    /// The account's templates are not as we believe.
    StaleTemplates,
}
