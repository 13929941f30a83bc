//! Carries out what was asked for a template: creation, change, deletion, the end of a pause.
//!
//! Guarantees: an order is marked as sent before Meta is asked, so that a repeated task first looks what came of the try
//! before; what Meta refuses, and what cannot be done in all tries, stands on the order; a template is marked as deleted only
//! when Meta said so.
use std::collections::HashMap;

use domain::Retry;
use domain::ids::AttachmentId;
use domain::message::Fault;
use domain::sending::TRIES_MAX;
use domain::template::order::{Action, Order, OrderState};
use domain::template::{DELETED, Template};
use queue::OrderTask;
use runtime::{Task, chain, clock};
use serde_json::{Value, json};
use whatsapp::authoring::{header_files, is_as_asked, with_handles};
use whatsapp::client::{Client, ClientError};
use whatsapp::templates::WireTemplate;

use crate::Sync;
use crate::error::SyncError;
use crate::mirror::to_domain;

impl Sync {
    pub(crate) async fn order_task(&self, order: &OrderTask, task: &Task<'_>) -> Result<(), SyncError> {
        let done = self.order(order, task.deliveries).await;
        if let Err(error) = &done
            && let Err(error) = self.queue.come_again(task.receipt, error.pause(task.deliveries)).await
        {
            tracing::warn!(error = chain(&error), "the next try waits for the visibility timeout");
        }
        done
    }

    async fn order(&self, task: &OrderTask, deliveries: u32) -> Result<(), SyncError> {
        let id = task.template().ok_or(SyncError::NoId)?;
        let found = self.store.template_order_get(&id).await?;
        let Some(order) = found.filter(|order| order.number == task.number()) else { return Ok(()) };
        // What was sent before may have been carried out although nobody heard of it.
        let was_sent = order.state == OrderState::Sent;
        if !self.store.template_order_sent(&order).await? {
            return Ok(());
        }
        let fault = match self.carried_out(&order, was_sent).await {
            Ok(()) => None,
            Err(error) => match error.fault() {
                Some(fault) => Some(fault),
                None if deliveries >= TRIES_MAX => Some(given_up(&error)),
                None => return Err(error),
            },
        };
        if let Some(fault) = &fault
            && matches!(order.action, Action::Create | Action::Upsert)
        {
            let reason = fault.details.as_deref().unwrap_or(&fault.title);
            self.store.template_unmade(&order.template_id, reason).await?;
        }
        self.settle(&order, fault).await
    }

    async fn settle(&self, order: &Order, fault: Option<Fault>) -> Result<(), SyncError> {
        self.store.template_order_settle(&order.settled(fault, clock::now())).await?;
        Ok(())
    }

    async fn carried_out(&self, order: &Order, was_sent: bool) -> Result<(), SyncError> {
        match order.action {
            Action::Create => self.create(order, was_sent).await,
            Action::Upsert => self.upsert(order).await,
            Action::Edit => self.edit(order, was_sent).await,
            Action::Delete => self.delete(order).await,
            Action::Unpause => self.unpause(order).await,
        }
    }

    /// A template that is there after a try of which nothing was heard is the one that was asked for.
    async fn create(&self, order: &Order, was_sent: bool) -> Result<(), SyncError> {
        if was_sent && self.adopt(order).await? {
            return Ok(());
        }
        let mut body = self.body(order).await?;
        put(&mut body, "language", json!(order.language));
        match self.asked(async |client| client.template_create(&order.waba_id, &body).await).await {
            Ok(created) => self.refresh(order, &created.id).await,
            // It was there before it was asked for: it is shown as it is, and not as what was asked for.
            Err(SyncError::Graph(error)) if error.is_duplicate() => {
                self.adopt(order).await?;
                Err(SyncError::Graph(error))
            }
            Err(error) => Err(error),
        }
    }

    /// All languages that are asked for with the same words go in one request; those that Meta does not take together are
    /// asked for alone.
    async fn upsert(&self, order: &Order) -> Result<(), SyncError> {
        let alike = |other: &Order| {
            other.action == Action::Upsert && other.wish == order.wish && other.is_under_way(clock::now())
        };
        let named = self.store.templates_named(&order.waba_id, &order.name, clock::now()).await?;
        let mut group: Vec<Order> = named.into_iter().filter_map(|(_, other)| other).filter(alike).collect();
        match self.upsert_all(order, &group).await {
            Err(SyncError::Graph(error)) if group.len() > 1 && error.retry() == Retry::Never => {
                group.retain(|other| other.template_id == order.template_id);
                self.upsert_all(order, &group).await
            }
            done => done,
        }
    }

    async fn upsert_all(&self, order: &Order, group: &[Order]) -> Result<(), SyncError> {
        let mut body = self.body(order).await?;
        let languages: Vec<&str> = group.iter().map(|one| one.language.as_str()).collect();
        put(&mut body, "languages", json!(languages));
        let made = self.asked(async |client| client.templates_upsert(&order.waba_id, &body).await).await?;
        for one in group {
            let found = made.iter().find(|made| domain::template::language(&made.language) == one.language);
            let is_own = one.template_id == order.template_id;
            match found {
                Some(made) => self.refresh(one, &made.id).await?,
                None if is_own => return Err(SyncError::Silent { language: one.language.clone() }),
                None => continue,
            }
            if !is_own {
                self.settle(one, None).await?;
            }
        }
        Ok(())
    }

    async fn edit(&self, order: &Order, was_sent: bool) -> Result<(), SyncError> {
        let id = self.meta_id(order).await?;
        if was_sent && self.has_come(order, &id).await? {
            return self.refresh(order, &id).await;
        }
        let body = self.body(order).await?;
        self.asked(async |client| client.template_edit(&id, &body).await).await?;
        self.refresh(order, &id).await
    }

    /// Whether the change that was asked for is there already. Meta would count another one.
    async fn has_come(&self, order: &Order, id: &str) -> Result<bool, SyncError> {
        let found = self.asked(async |client| client.template(id).await).await?;
        let asked = |name: &str| order.wish.get(name);
        let components = Value::Array(found.components);
        Ok(asked("components").is_none_or(|asked| is_as_asked(asked, &components))
            && asked("category").is_none_or(|asked| found.category.is_some_and(|found| *asked == found.word()))
            && asked("message_send_ttl_seconds").is_none_or(|asked| asked.as_i64() == found.ttl_seconds))
    }

    /// What Meta does not have is deleted.
    async fn delete(&self, order: &Order) -> Result<(), SyncError> {
        let template = self.store.template_get(&order.template_id).await?.ok_or(SyncError::NoId)?;
        let id = Some(template.meta_id.as_str()).filter(|id| !id.is_empty());
        if order.all_languages || id.is_some() {
            let id = id.filter(|_| !order.all_languages);
            let done = self.asked(async |client| client.template_delete(&order.waba_id, &order.name, id).await).await;
            // Whichever code Meta gives it: what is not there cannot be deleted again.
            if let Err(SyncError::Graph(error)) = &done
                && error.retry() == Retry::Never
                && self.named(order).await?.is_none()
            {
                tracing::info!(template.id = order.template_id.as_str(), "a template to delete was gone");
            } else {
                done?;
            }
        }
        let gone: Vec<Template> = match order.all_languages {
            false => vec![template],
            true => {
                let named = self.store.templates_named(&order.waba_id, &order.name, clock::now()).await?;
                named.into_iter().map(|(template, _)| template).filter(|one| one.status != DELETED).collect()
            }
        };
        let now = clock::now();
        for template in gone {
            self.store.template_deleted(&template, now).await?;
        }
        Ok(())
    }

    async fn unpause(&self, order: &Order) -> Result<(), SyncError> {
        let id = self.meta_id(order).await?;
        let done = self.asked(async |client| client.template_unpause(&id).await).await;
        // Meta's words as they are by now also tell one that goes on already.
        self.refresh(order, &id).await?;
        let template = self.store.template_get(&order.template_id).await?;
        let goes_on = template.is_some_and(|template| template.status == domain::template::APPROVED);
        if goes_on { Ok(()) } else { done }
    }

    async fn meta_id(&self, order: &Order) -> Result<String, SyncError> {
        let template = self.store.template_get(&order.template_id).await?.ok_or(SyncError::NoId)?;
        Ok(template.meta_id)
    }

    /// The body for Meta, with handles in place of our uploads.
    async fn body(&self, order: &Order) -> Result<Value, SyncError> {
        let mut body = order.wish.clone();
        let Some(components) = body.get("components").cloned() else { return Ok(body) };
        let mut handles: HashMap<String, String> = HashMap::new();
        for file in header_files(&components) {
            if handles.contains_key(&file.attachment_id) {
                continue;
            }
            let id = AttachmentId::parse(&file.attachment_id).ok_or(SyncError::NoId)?;
            handles.insert(file.attachment_id, self.handle_of(&id).await?);
        }
        put(&mut body, "components", with_handles(components, &|id| handles.get(id).cloned()));
        Ok(body)
    }

    /// The template of this name and language on Meta's side.
    async fn named(&self, order: &Order) -> Result<Option<WireTemplate>, SyncError> {
        let (waba_id, name, language) = (&order.waba_id, &order.name, &order.language);
        self.asked(async |client| client.template_named(waba_id, name, language).await).await
    }

    /// Takes over the template as Meta has it, if it has one of this name and language.
    async fn adopt(&self, order: &Order) -> Result<bool, SyncError> {
        let began = clock::now();
        let Some(found) = self.named(order).await? else { return Ok(false) };
        self.take_over(order, &found, began).await?;
        Ok(true)
    }

    async fn refresh(&self, order: &Order, id: &str) -> Result<(), SyncError> {
        let began = clock::now();
        let found = self.asked(async |client| client.template(id).await).await?;
        self.take_over(order, &found, began).await
    }

    async fn take_over(&self, order: &Order, found: &WireTemplate, began: domain::Time) -> Result<(), SyncError> {
        if let Some(template) = to_domain(&order.waba_id, found, began) {
            self.store.template_refresh(&template).await?;
        }
        Ok(())
    }

    /// A call to Meta. A token that was rotated is read again once.
    pub(crate) async fn asked<T>(&self, call: impl AsyncFn(&Client) -> Result<T, ClientError>) -> Result<T, SyncError> {
        match call(&self.client().await?).await {
            Err(error) if error.is_about_credentials() => {
                self.token.refresh().await?;
                Ok(call(&self.client().await?).await?)
            }
            outcome => Ok(outcome?),
        }
    }
}

/// Puts a member into a body, which is an object.
fn put(body: &mut Value, name: &str, value: Value) {
    if let Some(members) = body.as_object_mut() {
        members.insert(name.to_owned(), value);
    }
}

fn given_up(error: &SyncError) -> Fault {
    Fault { code: 0, title: "Meta could not be asked".to_owned(), details: Some(chain(error)) }
}
