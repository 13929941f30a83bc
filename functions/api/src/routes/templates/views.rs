//! What became of a template and of a sync, as the API shows it.
use domain::template as entity;
use domain::template::order::Order;
use runtime::clock;
use serde::Serialize;
use utoipa::ToSchema;

use super::TemplateView;
use crate::fields::{NoteKind, NoteSource, Stamp, SyncState, Word};

#[derive(Serialize, ToSchema)]
#[schema(as = TemplateDetail)]
pub(super) struct TemplateDetail {
    #[serde(flatten)]
    template: TemplateView,
    /// What became of it, the latest first; at most 20.
    course: Vec<NoteView>,
}

impl TemplateDetail {
    pub(super) fn of(template: entity::Template, order: Option<Order>) -> TemplateDetail {
        let course = template.course.notes.iter().cloned().map(NoteView::from).collect();
        TemplateDetail { template: TemplateView::of(template, order), course }
    }
}

#[derive(Serialize, ToSchema)]
#[schema(as = TemplateNote)]
struct NoteView {
    at: Stamp,
    kind: NoteKind,
    /// A webhook told it, or a list showed it.
    source: NoteSource,
    /// The event, score or category, in Meta's words.
    value: String,
    before: Option<String>,
    reason: Option<String>,
    /// As FIRST_PAUSE.
    title: Option<String>,
    description: Option<String>,
    recommendation: Option<String>,
    /// When an announced category comes, or since when the template is disabled.
    effective_at: Option<Stamp>,
}

impl From<entity::Note> for NoteView {
    fn from(note: entity::Note) -> NoteView {
        NoteView {
            at: Stamp(note.at),
            kind: Word(note.kind),
            source: Word(note.source),
            value: note.value,
            before: note.before,
            reason: note.reason,
            title: note.title,
            description: note.description,
            recommendation: note.recommendation,
            effective_at: note.effective_at.map(Stamp),
        }
    }
}

/// What its state means for whoever wants to use it. Absent parts are null.
#[derive(Serialize, ToSchema)]
#[schema(as = TemplateOutlook)]
pub(super) struct OutlookView {
    rejection: Option<RejectionView>,
    pause: Option<PauseView>,
    disabled_at: Option<Stamp>,
    archive: Option<ArchiveView>,
    upcoming_category: Option<UpcomingView>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = TemplateRejection)]
struct RejectionView {
    at: Stamp,
    reason: Option<String>,
    description: Option<String>,
    recommendation: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = TemplatePause)]
struct PauseView {
    at: Stamp,
    /// As FIRST_PAUSE.
    title: Option<String>,
    reason: Option<String>,
    description: Option<String>,
    /// When it ends by itself; null: it must be unpaused.
    until: Option<Stamp>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = TemplateArchive)]
struct ArchiveView {
    at: Stamp,
    /// When Meta deletes it, unless it is unarchived.
    deleted_at: Stamp,
}

#[derive(Serialize, ToSchema)]
#[schema(as = TemplateUpcomingCategory)]
struct UpcomingView {
    category: String,
    at: Option<Stamp>,
}

impl From<entity::Outlook> for OutlookView {
    fn from(outlook: entity::Outlook) -> OutlookView {
        OutlookView {
            rejection: outlook.rejection.map(|note| RejectionView {
                at: Stamp(note.at),
                reason: note.reason,
                description: note.description,
                recommendation: note.recommendation,
            }),
            pause: outlook.pause.map(|(note, until)| PauseView {
                at: Stamp(note.at),
                title: note.title,
                reason: note.reason,
                description: note.description,
                until: until.map(Stamp),
            }),
            disabled_at: outlook.disabled.map(|(_, at)| Stamp(at)),
            archive: outlook
                .archived
                .map(|(at, deleted_at)| ArchiveView { at: Stamp(at), deleted_at: Stamp(deleted_at) }),
            upcoming_category: outlook
                .upcoming_category
                .map(|(category, at)| UpcomingView { category, at: at.map(Stamp) }),
        }
    }
}

#[derive(Serialize, ToSchema)]
#[schema(as = TemplateSync)]
pub(super) struct SyncView {
    waba_id: String,
    state: SyncState,
    requested_at: Stamp,
    /// Of the run that is under way, or was the last one; so are the counts.
    started_at: Option<Stamp>,
    finished_at: Option<Stamp>,
    /// Pages of Meta's list that were read so far.
    pages: u64,
    /// Templates that were read so far.
    listed: u64,
    added: u64,
    changed: u64,
    deleted: u64,
    /// Listed in a form that is no template.
    failed: u64,
    /// Why the run failed.
    problem: Option<String>,
    /// When the last good run ended.
    last_good_at: Option<Stamp>,
}

impl From<entity::TemplateSync> for SyncView {
    fn from(sync: entity::TemplateSync) -> SyncView {
        let is_dead = sync.state == entity::SyncState::Running && !sync.is_running(clock::now());
        let problem = is_dead.then(|| "the run broke off".to_owned()).or(sync.problem);
        SyncView {
            waba_id: sync.waba_id,
            state: Word(if is_dead { entity::SyncState::Failed } else { sync.state }),
            requested_at: Stamp(sync.requested_at),
            started_at: sync.started_at.map(Stamp),
            finished_at: sync.finished_at.map(Stamp),
            pages: sync.pages,
            listed: sync.listed,
            added: sync.added,
            changed: sync.changed,
            deleted: sync.deleted,
            failed: sync.failed,
            problem,
            last_good_at: sync.last_good_at.map(Stamp),
        }
    }
}
