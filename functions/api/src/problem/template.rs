//! Why an order for a template is not taken, in the words of a problem.
use domain::Time;
use domain::message::Fault;
use domain::template::order::Denied;
use lambda_http::http::StatusCode;

pub(super) fn facts(denied: &Denied) -> (&'static str, StatusCode, &'static str) {
    let (code, title) = match denied {
        Denied::UnderWay { .. } => ("template-busy", "The template is being changed"),
        Denied::Exists => ("already-exists", "It exists already"),
        Denied::Status { .. } => ("template-status", "The template's status does not allow this"),
        Denied::NameBlocked { .. } => ("template-name-blocked", "The name was deleted less than 30 days ago"),
        Denied::TooSoon { .. } => {
            ("template-edit-limit", "An approved template is edited once a day and ten times a month")
        }
    };
    (code, StatusCode::CONFLICT, title)
}

pub(super) fn detail(denied: &Denied) -> String {
    match denied {
        Denied::UnderWay { action } => format!("Its order to {action} is not settled yet; wait for it."),
        Denied::Exists => "There is a template of this name in this language.".to_owned(),
        Denied::Status { action, status, takes } => {
            format!("Its status is {status}; {action} is for {}.", takes.join(", "))
        }
        Denied::NameBlocked { until } => format!("WhatsApp takes the name again from {until} on; choose another one."),
        Denied::TooSoon { not_before } => format!("WhatsApp takes the next edit from {not_before} on."),
    }
}

pub(super) fn not_before(denied: &Denied) -> Option<Time> {
    match denied {
        Denied::NameBlocked { until: at } | Denied::TooSoon { not_before: at } => Some(*at),
        Denied::UnderWay { .. } | Denied::Exists | Denied::Status { .. } => None,
    }
}

pub(super) fn words(fault: &Fault) -> String {
    let details = fault.details.as_deref().filter(|details| *details != fault.title);
    let parts: Vec<&str> = [Some(fault.title.as_str()), details].into_iter().flatten().collect();
    format!("{} (code {}).", parts.join(": ").trim_end_matches('.'), fault.code)
}
