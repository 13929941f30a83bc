//! A contact as the API shows it.
use std::collections::BTreeMap;

use domain::Time;
use domain::contact::Contact;
use domain::identity::Identity;
use domain::ids;
use domain::sending::limits::capped_until;
use domain::settings::LimitSettings;
use serde::Serialize;
use utoipa::ToSchema;

use crate::fields::{AssigneeView, ContactId, ContactKind, IdentityKind, Stamp, Word};
use crate::routes::consents::ConsentsView;

#[derive(Serialize, ToSchema)]
#[schema(as = Identity)]
pub(super) struct IdentityView {
    #[serde(rename = "type")]
    kind: IdentityKind,
    value: String,
    /// The person has another one now: what comes under this one still leads here, and nothing is sent to it.
    is_former: bool,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Contact)]
pub(in crate::routes) struct ContactView {
    id: ContactId,
    kind: ContactKind,
    name: Option<String>,
    owner: Option<AssigneeView>,
    /// Where in its life it is.
    stage: Option<String>,
    tags: Vec<String>,
    /// Free fields of the business.
    fields: BTreeMap<String, String>,
    identities: Vec<IdentityView>,
    /// Contacts that claim an identity of this one; merging is a person's decision.
    merge_proposals: Vec<ContactId>,
    /// Contacts that were merged into this one: what is asked of them is answered by it.
    merged: Vec<ContactId>,
    /// What the person allows us to write them about.
    consents: ConsentsView,
    /// WhatsApp limits marketing to this person until then.
    marketing_paused_until: Option<Stamp>,
    /// Until when the business's own caps, in the settings, keep back what is not sent in an open window, by what they are about:
    /// `marketing`, `business_initiated`. WhatsApp's limit is another.
    #[schema(value_type = BTreeMap<String, Stamp>)]
    capped_until: BTreeMap<&'static str, Stamp>,
    /// Since when WhatsApp could not deliver to the person; over when they write.
    unreachable_since: Option<Stamp>,
    created_at: Stamp,
}

impl ContactView {
    pub(in crate::routes) fn of(
        contact: Contact,
        identities: Vec<Identity>,
        limits: &LimitSettings,
        now: Time,
    ) -> ContactView {
        let capped = capped_until(&contact.sends, limits, now).into_iter();
        let identities = identities.into_iter().map(|identity| IdentityView {
            kind: Word(identity.kind),
            is_former: contact.former.contains(&identity),
            value: identity.value,
        });
        let is_open = |id: &ids::ContactId| !contact.merged.contains(id) && !contact.distinct.contains(id);
        let proposals = contact.merge_proposals.iter().filter(|id| is_open(id)).cloned();
        ContactView {
            identities: identities.collect(),
            id: contact.id.into(),
            kind: Word(contact.kind),
            name: contact.name,
            owner: contact.owner.map(AssigneeView::from),
            stage: contact.stage,
            tags: contact.tags,
            fields: contact.fields,
            merge_proposals: proposals.map(ContactId::from).collect(),
            merged: contact.merged.iter().cloned().map(ContactId::from).collect(),
            consents: ConsentsView::from(&contact.consents),
            marketing_paused_until: contact.reach.marketing_paused_until.map(Stamp),
            capped_until: capped.map(|(capped, until)| (capped.word(), Stamp(until))).collect(),
            unreachable_since: contact.reach.unreachable_since.map(Stamp),
            created_at: Stamp(contact.created_at),
        }
    }
}
