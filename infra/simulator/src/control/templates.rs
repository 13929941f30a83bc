//! The control side of templates: what the account holds, how it is reviewed, and what happens to one of them next.

use super::Control;
use super::orders::{ControlError, TemplateOrder};
use crate::clock;
use crate::review;
use crate::state::reviews::{Act, ReviewOrder, ReviewPlan};
use crate::state::templates::Template;
use crate::state::uploads::UploadedFile;
use crate::webhook::payload::Shape;
use crate::webhook::template_updates;

impl Control {
    pub fn templates(&self) -> Vec<Template> {
        self.core.read(|state| state.templates.clone())
    }

    /// Adds a template or replaces the one of the same name and language; `notify` tells the webhook what changed.
    pub fn put_template(&self, order: TemplateOrder) -> Template {
        self.core.write(|state| {
            let (old, new) = state.put_template(order.template);
            if order.notify {
                for update in
                    template_updates::updates(&self.core.config, state.settings.template_webhooks, old.as_ref(), &new)
                {
                    self.core.send_webhook(state, vec![update], clock::now_ms(), Shape::Changes);
                }
            }
            new
        })
    }

    /// Deletes a template by id and tells the webhook.
    pub fn delete_template(&self, id: &str) -> Result<(), ControlError> {
        self.play(id, Act::Delete)
    }

    /// All templates without an order of their own are reviewed so.
    pub fn set_default_review(&self, plan: ReviewPlan) {
        self.core.write(|state| state.default_review = plan);
    }

    /// The next templates that come to review are reviewed so.
    pub fn add_review(&self, order: impl Into<ReviewOrder>) {
        self.core.write(|state| state.reviews.push(order.into()));
    }

    /// The standing plan, and the orders before it.
    pub fn reviews(&self) -> (ReviewPlan, Vec<ReviewOrder>) {
        self.core.read(|state| (state.default_review.clone(), state.reviews.clone()))
    }

    /// Back to approving every template.
    pub fn clear_reviews(&self) {
        self.core.write(|state| (state.default_review, state.reviews) = (ReviewPlan::default(), Vec::new()));
    }

    /// Lets something happen to a template, and tells it.
    pub fn play(&self, id: &str, act: Act) -> Result<(), ControlError> {
        self.core.write(|state| {
            if !state.templates.iter().any(|template| template.id == id) {
                return Err(ControlError::unknown("template", id));
            }
            review::play(&self.core, state, id, act).map_err(|reason| ControlError::invalid("act", reason))
        })
    }

    /// Every file that was uploaded for a header.
    pub fn uploaded(&self) -> Vec<UploadedFile> {
        self.core.read(|state| state.handles.clone())
    }

    /// Takes a handle for good as if it had been given for an upload: Meta's own samples have handles.
    pub fn know_handle(&self, handle: &str, file_type: &str) {
        let file = UploadedFile {
            handle: handle.into(),
            file_type: file_type.into(),
            file_length: 0,
            content: Default::default(),
        };
        self.core.write(|state| state.handles.push(file));
    }
}
