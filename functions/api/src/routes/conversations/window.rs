//! A conversation's window as the API shows it: what may be sent now, for how long, and what is free.
use domain::Time;
use domain::conversation::{Conversation, EntryPointState as Entry, Standing, WindowState as Open};
use domain::settings::WindowSettings;
use serde::Serialize;
use utoipa::ToSchema;

use crate::fields::{EntryPointState, Stamp, WindowState, Word, vocabulary};

domain::words! {
    pub(crate) enum Sendable {
        /// Anything.
        FreeForm = "free_form",
        /// Approved templates only.
        Template = "template",
    }
}

vocabulary! { CanSend = Sendable }

/// The customer service window.
#[derive(Serialize, ToSchema)]
#[schema(as = Window)]
pub(in crate::routes) struct WindowView {
    /// By the clock: closed from `closes_at` on, also before the event `window.closed` is told, and from when WhatsApp said so.
    state: WindowState,
    /// By Meta's clock; null if the customer never wrote.
    opened_at: Option<Stamp>,
    closes_at: Option<Stamp>,
    /// Until it closes; 0: it is closed.
    remaining_seconds: u64,
    /// What may be sent now. In the last seconds of the window, by the setting `window.safety_margin_seconds`, a template only.
    can_send: CanSend,
    /// What is sent in it is free. It changes nothing about what may be sent. Null: the customer never came by one.
    entry_point: Option<EntryPointView>,
}

/// The free entry point that a customer opens who comes by an ad or a page and is answered within 24 hours.
#[derive(Serialize, ToSchema)]
#[schema(as = EntryPoint)]
struct EntryPointView {
    /// `expected`: an answer opens it or has opened it, and WhatsApp has not told so yet. `open`: WhatsApp told.
    state: EntryPointState,
    /// By what the customer came: `ad`, `post` or a later word of Meta's; null: WhatsApp told of it without saying so.
    source: Option<String>,
    /// When it was answered.
    opened_at: Option<Stamp>,
    closes_at: Option<Stamp>,
    /// Whether `closes_at` is the setting `window.entry_point_hours` and not yet WhatsApp's word.
    is_expected: bool,
    /// While nobody has answered: until when an answer opens it.
    answer_by: Option<Stamp>,
}

impl WindowView {
    pub(in crate::routes) fn of(conversation: &Conversation, settings: &WindowSettings, now: Time) -> WindowView {
        let window = conversation.window;
        let is_open = window.is_some_and(|window| window.is_open(now));
        let is_within = conversation.is_within_window(now, settings.safety_margin());
        let source = conversation.source.as_ref().and_then(|source| source.kind.clone());
        let standing = conversation.entry_point(settings.entry_point(), now);
        WindowView {
            state: Word(if is_open { Open::Open } else { Open::Closed }),
            opened_at: window.map(|window| Stamp(window.opened_at)),
            closes_at: window.map(|window| Stamp(window.closes_at)),
            remaining_seconds: window.map(|window| window.remaining(now).as_secs()).unwrap_or_default(),
            can_send: Word(if is_within { Sendable::FreeForm } else { Sendable::Template }),
            entry_point: standing.map(|standing| EntryPointView::of(standing, source)),
        }
    }
}

impl EntryPointView {
    fn of(standing: Standing, source: Option<String>) -> EntryPointView {
        let Standing { state, opened_at, closes_at, is_assumed, answer_by } = standing;
        EntryPointView {
            state: Word(state),
            source,
            opened_at: opened_at.map(Stamp),
            closes_at: closes_at.map(Stamp),
            is_expected: is_assumed && state != Entry::Closed,
            answer_by: answer_by.map(Stamp),
        }
    }
}
