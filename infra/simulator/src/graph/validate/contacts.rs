//! Contact cards.

use super::node::Node;
use crate::graph::errors::GraphError;

const NAME_PARTS: [&str; 5] = ["first_name", "last_name", "middle_name", "suffix", "prefix"];

pub(super) fn check(contacts: &Node) -> Result<(), GraphError> {
    for contact in contacts.list(1, 257)? {
        contact.only(&["addresses", "birthday", "emails", "name", "org", "phones", "urls"])?;
        let name = contact.need("name")?;
        name.need("formatted_name")?.length(1, usize::MAX)?;
        if !NAME_PARTS.iter().any(|part| name.get(part).is_some()) {
            return Err(GraphError::missing(&format!("{}['first_name']", name.path())));
        }
        for (list, member) in [("phones", "phone"), ("emails", "email"), ("urls", "url")] {
            for entry in contact.get(list).map_or(Ok(Vec::new()), |entries| entries.list(0, usize::MAX))? {
                entry.object()?;
                if let Some(text) = entry.get(member) {
                    text.string()?;
                }
            }
        }
        if let Some(birthday) = contact.get("birthday") {
            date(&birthday)?;
        }
    }
    Ok(())
}

fn date(birthday: &Node) -> Result<(), GraphError> {
    if birthday.string()?.parse::<jiff::civil::Date>().is_ok() {
        return Ok(());
    }
    Err(GraphError::invalid(format!("{} must be a date as YYYY-MM-DD.", birthday.path())))
}
