//! Interactive messages: what each type may have, and the limits of its texts, buttons and lists.

use super::media;
use super::node::Node;
use crate::graph::errors::GraphError;

/// Which headers a type may have.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Header {
    Any,
    Text,
    RequiredText,
    None,
}

/// What a type allows around its action. A body of 0 characters at most need not be there.
struct Frame {
    header: Header,
    body: (usize, usize),
    footer: bool,
}

pub(super) fn check(interactive: &Node) -> Result<(), GraphError> {
    let kind = interactive.need("type")?.string()?.to_ascii_lowercase();
    let (header, body, footer) = match kind.as_str() {
        "button" | "cta_url" | "flow" | "order_details" => (Header::Any, (1, 1024), true),
        "address_message" => (Header::Any, (0, 1024), true),
        "list" => (Header::Text, (1, 4096), true),
        "product" => (Header::None, (0, 1024), true),
        "product_list" => (Header::RequiredText, (1, 1024), true),
        "catalog_message" | "order_status" => (Header::None, (1, 1024), true),
        "location_request_message" | "carousel" | "request_contact_info" => (Header::None, (1, 1024), false),
        "call_permission_request" | "voice_call" => (Header::None, (0, 1024), true),
        other => return Err(GraphError::parameter(format!("Param interactive['type'] has no value \"{other}\"."))),
    };
    frame(interactive, &Frame { header, body, footer })?;
    let action = interactive.need("action")?;
    match kind.as_str() {
        "button" => buttons(&action),
        "list" => list(&action),
        "cta_url" => cta_url(&action),
        "flow" => flow(&action),
        "product" => texts(&action, &["catalog_id", "product_retailer_id"]),
        "product_list" => product_list(&action),
        "location_request_message" => named(&action, "send_location"),
        "carousel" => carousel(&action),
        "address_message" => {
            named(&action, "address_message")?;
            let parameters = action.need("parameters")?;
            // Meta documents them as an object and as the JSON of one.
            parameters.string().map(|_| ()).or_else(|_| parameters.need("country")?.string().map(|_| ()))
        }
        "voice_call" => {
            named(&action, "voice_call")?;
            action.get("parameters").and_then(|one| one.get("display_text")).map_or(Ok(()), |label| label.length(1, 20))
        }
        "order_details" => parameters(&action, "review_and_pay"),
        "order_status" => parameters(&action, "review_order"),
        other => named(&action, other),
    }
}

fn frame(interactive: &Node, frame: &Frame) -> Result<(), GraphError> {
    let (min, max) = frame.body;
    match interactive.get("body") {
        Some(body) => body.need("text")?.length(1, max)?,
        None if min > 0 => return Err(GraphError::missing("interactive['body']")),
        None => {}
    }
    match interactive.get("footer") {
        Some(_) if !frame.footer => return Err(GraphError::invalid("This type of interactive message has no footer.")),
        Some(footer) => footer.need("text")?.length(1, 60)?,
        None => {}
    }
    match (frame.header, interactive.get("header")) {
        (Header::RequiredText, None) => Err(GraphError::missing("interactive['header']")),
        (_, None) => Ok(()),
        (Header::None, Some(_)) => Err(GraphError::invalid("This type of interactive message has no header.")),
        (Header::Any, Some(header)) => check_header(&header, true),
        (Header::Text | Header::RequiredText, Some(header)) => check_header(&header, false),
    }
}

fn check_header(header: &Node, with_media: bool) -> Result<(), GraphError> {
    let kind = header.need("type")?.string()?.to_ascii_lowercase();
    match kind.as_str() {
        "text" => header.need("text")?.length(1, 60),
        "image" | "video" | "document" if with_media => media(&header.need(&kind)?, &kind),
        other => Err(GraphError::invalid(format!("{}['type'] cannot be \"{other}\" here.", header.path()))),
    }
}

fn buttons(action: &Node) -> Result<(), GraphError> {
    let mut titles = Vec::new();
    for button in action.need("buttons")?.list(1, 3)? {
        if button.need("type")?.string()? != "reply" {
            return Err(GraphError::invalid(format!("{}['type'] must be \"reply\".", button.path())));
        }
        let reply = button.need("reply")?;
        reply.need("id")?.length(1, 256)?;
        let title = reply.need("title")?;
        title.length(1, 20)?;
        if titles.contains(&title.string()?) {
            return Err(GraphError::invalid(format!("{} is not unique.", title.path())));
        }
        titles.push(title.string()?);
    }
    Ok(())
}

fn list(action: &Node) -> Result<(), GraphError> {
    action.need("button")?.length(1, 20)?;
    let sections = action.need("sections")?.list(1, 10)?;
    let (mut rows, mut ids) = (0, Vec::new());
    for section in &sections {
        section_title(section, sections.len())?;
        for row in section.need("rows")?.list(1, usize::MAX)? {
            rows += 1;
            let id = row.need("id")?;
            id.length(1, 200)?;
            if ids.contains(&id.string()?) {
                return Err(GraphError::invalid(format!("{} is not unique.", id.path())));
            }
            ids.push(id.string()?);
            row.need("title")?.length(1, 24)?;
            if let Some(description) = row.get("description") {
                description.length(0, 72)?;
            }
        }
    }
    if rows > 10 { Err(GraphError::invalid("Total row count exceed max allowed count: 10")) } else { Ok(()) }
}

/// A section needs its title where there are several.
fn section_title(section: &Node, sections: usize) -> Result<(), GraphError> {
    match section.get("title") {
        Some(title) => title.length(usize::from(sections > 1), 24),
        None if sections > 1 => section.need("title").map(|_| ()),
        None => Ok(()),
    }
}

fn cta_url(action: &Node) -> Result<(), GraphError> {
    named(action, "cta_url")?;
    let parameters = action.need("parameters")?;
    parameters.need("display_text")?.length(1, 20)?;
    let url = parameters.need("url")?;
    if url.string()?.starts_with("https://") || url.string()?.starts_with("http://") {
        return Ok(());
    }
    Err(GraphError::invalid(format!("{} is not a URL.", url.path())))
}

fn flow(action: &Node) -> Result<(), GraphError> {
    named(action, "flow")?;
    let parameters = action.need("parameters")?;
    if parameters.need("flow_message_version")?.string()? != "3" {
        return Err(GraphError::invalid(format!("{}['flow_message_version'] must be \"3\".", parameters.path())));
    }
    if parameters.get("flow_id").is_none() {
        parameters.need("flow_name")?.string()?;
    }
    parameters.need("flow_cta")?.length(1, 30)?;
    one_of(&parameters, "mode", &["draft", "published"])?;
    one_of(&parameters, "flow_action", &["navigate", "data_exchange"])
}

fn one_of(parameters: &Node, name: &str, allowed: &[&str]) -> Result<(), GraphError> {
    let Some(value) = parameters.get(name) else {
        return Ok(());
    };
    if allowed.contains(&value.string()?) {
        return Ok(());
    }
    Err(GraphError::invalid(format!("{} must be one of {}.", value.path(), allowed.join(", "))))
}

fn product_list(action: &Node) -> Result<(), GraphError> {
    action.need("catalog_id")?.string()?;
    let sections = action.need("sections")?.list(1, 10)?;
    let mut products = 0;
    for section in &sections {
        section_title(section, sections.len())?;
        for product in section.need("product_items")?.list(1, usize::MAX)? {
            products += 1;
            product.need("product_retailer_id")?.string()?;
        }
    }
    if products > 30 { Err(GraphError::invalid("Total product count exceed max allowed count: 30")) } else { Ok(()) }
}

/// Cards of one kind: products, or media with a link or buttons; all media with the same kind of header.
fn carousel(action: &Node) -> Result<(), GraphError> {
    let mut first: Option<(String, Option<String>)> = None;
    for (place, card) in (0_u32..).zip(action.need("cards")?.list(2, 10)?) {
        if (card.need("card_index")?.number()? - f64::from(place)).abs() > f64::EPSILON {
            return Err(GraphError::invalid(format!("{}['card_index'] must be {place}.", card.path())));
        }
        let kind = card.need("type")?.string()?.to_ascii_lowercase();
        let header = match kind.as_str() {
            "product" => {
                texts(&card.need("action")?, &["product_retailer_id", "catalog_id"])?;
                None
            }
            _ => Some(media_card(&card)?),
        };
        let sort = (kind, header);
        if first.get_or_insert_with(|| sort.clone()) != &sort {
            return Err(GraphError::invalid("All cards must have the same type and the same type of header."));
        }
    }
    Ok(())
}

fn media_card(card: &Node) -> Result<String, GraphError> {
    let header = card.need("header")?;
    let kind = header.need("type")?.string()?.to_ascii_lowercase();
    if !matches!(kind.as_str(), "image" | "video") {
        return Err(GraphError::invalid(format!("{}['type'] must be image or video.", header.path())));
    }
    check_header(&header, true)?;
    if let Some(body) = card.get("body") {
        body.need("text")?.length(1, 160)?;
    }
    let action = card.need("action")?;
    match action.get("buttons") {
        Some(buttons) => buttons.list(1, 2).map(|_| ())?,
        None => cta_url(&action)?,
    }
    Ok(kind)
}

fn named(action: &Node, name: &str) -> Result<(), GraphError> {
    let given = action.need("name")?;
    if given.string()? == name {
        return Ok(());
    }
    Err(GraphError::invalid(format!("{} must be \"{name}\".", given.path())))
}

fn parameters(action: &Node, name: &str) -> Result<(), GraphError> {
    named(action, name)?;
    texts(&action.need("parameters")?, &["reference_id"])
}

fn texts(node: &Node, names: &[&str]) -> Result<(), GraphError> {
    names.iter().try_for_each(|name| node.need(name)?.length(1, usize::MAX))
}
