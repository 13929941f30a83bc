//! What goes to Meta and by which edge, and what Meta's answer tells about the person.
use domain::attachment::content_for_meta;
use domain::contact::Contact;
use domain::identity::{Identity, IdentityKind, wa_id_forms};
use domain::message::Message;
use domain::sending::{Edge, Refusal, TemplateUse, edge, needs_phone};
use net::SendError as CallError;
use runtime::chain;
use store::StoreError;
use whatsapp::client::Client;
use whatsapp::send::{Accepted, Outgoing, Recipient, Reply, body, fits, is_for_the_other_edge};

use crate::error::SendError;
use crate::{Loaded, Sender};

/// A send that is ready to go.
pub(crate) struct Request {
    contact: Contact,
    to: Recipient,
    edge: Edge,
    /// Whether the other edge may take it where Meta says that this one is wrong.
    is_bound: bool,
}

impl Sender {
    /// The inner error is a reason of ours not to send.
    pub(crate) fn request(&self, loaded: &Loaded) -> Result<Result<Request, Refusal>, SendError> {
        let Loaded { message, channel, contact, template, .. } = loaded;
        if let Some(name) = needs_phone(template).filter(|_| !contact.has_phone()) {
            return Ok(Err(Refusal::PhoneNeeded { name: name.to_owned() }));
        }
        if let TemplateUse::Found(template) = template
            && let Err(wrong) = fits(template, &message.content)
        {
            let wrong = wrong.into_iter().map(|one| format!("{} {}", one.field, one.message)).collect::<Vec<_>>();
            return Ok(Err(Refusal::TemplateParameters { wrong: wrong.join("; ") }));
        }
        let current: Vec<&Identity> = contact.current().collect();
        let to = recipient(&current).ok_or(SendError::NoRecipient)?;
        let is_bound = message.options["product_policy"] == "STRICT";
        Ok(Ok(Request { to, edge: edge(channel, template), is_bound, contact: contact.clone() }))
    }

    /// Meta's answer to an attempt. A refusal that only says "not by this edge" came before anything was done, so the
    /// attempt goes on by the other one, once.
    pub(crate) async fn call(&self, client: &Client, loaded: &Loaded, request: &Request) -> Result<Reply, CallError> {
        let number = &loaded.channel.phone_number_id;
        let by = async |edge| client.send_message(number, edge, &request.body(&loaded.message, edge)).await;
        let reply = by(request.edge).await?;
        let is_misdirected = match &reply {
            Reply::Refused(error) => !request.is_bound && is_for_the_other_edge(error, request.edge),
            Reply::Accepted(_) | Reply::Unreadable { .. } => false,
        };
        if is_misdirected { by(request.edge.other()).await } else { Ok(reply) }
    }

    /// The next message goes to whom Meta says this one went to (P30). Meta has the message, so a failure here must not
    /// make it look unsent; the next answer says the same again.
    pub(crate) async fn learn(&self, request: &Request, accepted: Option<&Accepted>) {
        let Some(accepted) = accepted else { return };
        if let Err(error) = self.learn_identities(&request.contact, accepted).await {
            tracing::warn!(error = chain(&error), contact = %request.contact.id, "what Meta calls the contact was not noted");
        }
    }

    async fn learn_identities(&self, contact: &Contact, accepted: &Accepted) -> Result<(), StoreError> {
        let told = [(IdentityKind::WaId, &accepted.wa_id), (IdentityKind::Bsuid, &accepted.user_id)];
        let told = told.into_iter().filter_map(|(kind, value)| Some(Identity::new(kind, value.as_ref()?)));
        let new: Vec<Identity> = told.filter(|identity| !contact.identities.contains(identity)).collect();
        if new.is_empty() {
            return Ok(());
        }
        if self.store.contact_add_identities(&contact.thread, &new).await? {
            let outdated = new.iter().flat_map(|identity| other_forms(contact, identity));
            let former: Vec<Identity> = contact.former.iter().cloned().chain(outdated).collect();
            if former != contact.former {
                self.store.contact_set_former(&contact.thread, &former).await?;
            }
            return Ok(());
        }
        let owners = self.store.aliases_resolve(&new).await?;
        for other in
            owners.into_iter().map(|(_, owner)| owner).filter(|owner| !contact.threads().any(|own| own == owner))
        {
            self.store.contact_propose_merge(&contact.id, &other).await?;
            self.store.contact_propose_merge(&other, &contact.id).await?;
        }
        Ok(())
    }
}

impl Request {
    /// With our own id in it, which every status brings back.
    fn body(&self, message: &Message, edge: Edge) -> serde_json::Value {
        let content = content_for_meta(message);
        let outgoing = Outgoing {
            kind: &message.kind,
            payload: &content,
            context: message.context.as_deref(),
            options: &message.options,
            opaque: message.id.as_str(),
        };
        body(&self.to, &outgoing, edge)
    }
}

/// Other spellings of a number that the contact was written to under: WhatsApp has just said how it is spelled.
fn other_forms(contact: &Contact, told: &Identity) -> Vec<Identity> {
    let forms = wa_id_forms(&told.value);
    let is_other = |one: &&Identity| one.kind == told.kind && **one != *told && forms.contains(&one.value);
    let is_number = told.kind == IdentityKind::WaId;
    contact.current().filter(is_other).filter(|_| is_number).cloned().collect()
}

/// The number under which WhatsApp knows the person, not the form that somebody typed (P30); else the user id, which may be
/// the one of all portfolios of the business.
fn recipient(identities: &[&Identity]) -> Option<Recipient> {
    let first = |kind| identities.iter().find(|identity| identity.kind == kind).map(|identity| identity.value.as_str());
    let wa_id = first(IdentityKind::WaId).map(|digits| format!("+{digits}"));
    let phone = wa_id.or_else(|| first(IdentityKind::Phone).map(str::to_owned));
    let user_id = first(IdentityKind::Bsuid).or_else(|| first(IdentityKind::ParentBsuid)).map(str::to_owned);
    phone.map(Recipient::Phone).or_else(|| user_id.map(Recipient::Bsuid))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_that_meta_gave_is_written_to() {
        let identity = Identity::new;
        use IdentityKind::{Bsuid, ParentBsuid, Phone, WaId};
        let typed = identity(Phone, "+5511987654321");
        for (identities, to) in [
            (vec![typed.clone(), identity(WaId, "551187654321")], Some(Recipient::Phone("+551187654321".to_owned()))),
            (vec![typed], Some(Recipient::Phone("+5511987654321".to_owned()))),
            (vec![identity(Bsuid, "US.1")], Some(Recipient::Bsuid("US.1".to_owned()))),
            (vec![identity(Bsuid, "US.1"), identity(WaId, "1650")], Some(Recipient::Phone("+1650".to_owned()))),
            (vec![identity(ParentBsuid, "US.ENT.1")], Some(Recipient::Bsuid("US.ENT.1".to_owned()))),
            (vec![], None),
        ] {
            assert_eq!(recipient(&identities.iter().collect::<Vec<_>>()), to, "{identities:?}");
        }
    }
}
