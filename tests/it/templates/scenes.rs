//! What the tests of templates play: lists at Meta, syncs, and templates as the API shows them.
use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};
use simulator::{Act, Template, TemplateOrder};

use crate::world::World;

pub(super) fn template(name: &str, status: &str) -> Template {
    Template { status: status.into(), ..Template::text(name, "en_US", "UTILITY", "Your order is on its way.") }
}

impl World {
    /// Puts a template into Meta's list; nobody is told.
    pub(super) fn listed(&self, template: Template) -> String {
        self.simulator().put_template(TemplateOrder { template, notify: false }).id
    }

    /// Takes a template out of Meta's list; the webhook of it is lost.
    pub(super) fn unlisted(&self, name: &str) {
        self.play(name, Act::Vanish);
    }

    pub(super) fn play(&self, name: &str, act: Act) {
        let found = self.simulator().templates().into_iter().find(|template| template.name == name);
        self.simulator().play(&found.unwrap().id, act).unwrap();
    }

    pub(super) async fn synced(&self) -> Value {
        assert_eq!(self.post("/v1/templates/sync", json!({})).await.status, 202);
        self.settle().await;
        self.sync_row().await
    }

    pub(super) async fn sync_row(&self) -> Value {
        let waba_id = &self.channel().waba_id;
        let syncs = self.get("/v1/templates/syncs").await;
        let found = syncs["items"].as_array().unwrap().iter().find(|sync| sync["waba_id"] == waba_id.as_str());
        found.cloned().unwrap_or_default()
    }

    /// All templates that the API lists, by name.
    pub(super) async fn mirrored(&self) -> BTreeMap<String, Value> {
        let (mut all, mut path) = (BTreeMap::new(), "/v1/templates?limit=100".to_owned());
        loop {
            let page = self.get(&path).await;
            for template in page["items"].as_array().unwrap() {
                all.insert(template["name"].as_str().unwrap().to_owned(), template.clone());
            }
            match page["next_cursor"].as_str() {
                Some(cursor) => path = format!("/v1/templates?limit=100&cursor={cursor}"),
                None => return all,
            }
        }
    }

    /// One template, with what became of it.
    pub(super) async fn template_shown(&self, name: &str) -> Value {
        let listed = self.mirrored().await;
        let id = listed.get(name).unwrap_or_else(|| panic!("there is no template {name}"))["id"].clone();
        self.get(&format!("/v1/templates/{}", id.as_str().unwrap())).await
    }

    /// Waits until a template shows something.
    pub(super) async fn template_shows(&self, name: &str, what: impl Fn(&Value) -> bool) -> Value {
        let id = self.template_shown(name).await["id"].as_str().unwrap().to_owned();
        for _ in 0..600 {
            let template = self.get(&format!("/v1/templates/{id}")).await;
            if what(&template) {
                return template;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{name} never came to show it: {}", self.get(&format!("/v1/templates/{id}")).await);
    }
}
