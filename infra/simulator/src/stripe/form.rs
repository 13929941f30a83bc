//! The parameters of a request: forms with brackets. What is not expected is refused by name, as Stripe does.

use std::collections::BTreeMap;

use super::errors::StripeError;

/// The parameters in the order in which they came.
pub(crate) struct Form(pub(crate) Vec<(String, String)>);

impl Form {
    /// Refuses what none of `allowed` names. `[]` there stands for any place in a list, a final `[*]` for any name.
    pub(crate) fn expect(&self, allowed: &[&str]) -> Result<(), StripeError> {
        let is_allowed = |path: &str| {
            let path = generic(path);
            allowed.iter().any(|allowed| match allowed.strip_suffix("[*]") {
                Some(map) => path.strip_prefix(map).is_some_and(|rest| rest.starts_with('[') && rest.ends_with(']')),
                None => path == *allowed,
            })
        };
        match self.0.iter().find(|(path, _)| !is_allowed(path)) {
            // A list that does not exist is named without the place in it.
            Some((path, _)) => Err(StripeError::unknown(generic(path).trim_end_matches("[]"))),
            None => Ok(()),
        }
    }

    /// A value; empty is as good as absent.
    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        let found = self.0.iter().rev().find(|(name, _)| name == path || generic(name) == path);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    pub(crate) fn required(&self, path: &str) -> Result<&str, StripeError> {
        self.text(path).ok_or_else(|| StripeError::missing(path))
    }

    pub(crate) fn integer(&self, path: &str) -> Result<Option<i64>, StripeError> {
        let read =
            |text: &str| text.parse().map_err(|_| StripeError::invalid(path, format!("Invalid integer: {text}")));
        self.text(path).map(read).transpose()
    }

    pub(crate) fn flag(&self, path: &str) -> Result<bool, StripeError> {
        match self.text(path) {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(text) => Err(StripeError::invalid(path, format!("Invalid boolean: {text}"))),
        }
    }

    /// All values of a list.
    pub(crate) fn list(&self, path: &str) -> Vec<&str> {
        let list = format!("{path}[]");
        self.0.iter().filter(|(name, _)| generic(name) == list).map(|(_, value)| value.as_str()).collect()
    }

    /// All pairs of a map of the caller's own names.
    pub(crate) fn map(&self, path: &str) -> BTreeMap<String, String> {
        let start = format!("{path}[");
        let name = |name: &str| Some(name.strip_prefix(&start)?.strip_suffix(']')?.to_owned());
        self.0.iter().filter_map(|(path, value)| Some((name(path)?, value.clone()))).collect()
    }

    /// The same whatever order the parameters came in.
    pub(crate) fn fingerprint(&self) -> String {
        let mut pairs = self.0.clone();
        pairs.sort();
        format!("{pairs:?}")
    }
}

/// A path with `[]` for every place in a list.
fn generic(path: &str) -> String {
    let mut parts = path.split('[');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let is_place = part.strip_suffix(']').is_some_and(|name| name.bytes().all(|byte| byte.is_ascii_digit()));
        text.push('[');
        text.push_str(if is_place { "]" } else { part });
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(pairs: &[(&str, &str)]) -> Form {
        Form(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn parameters_are_read_by_their_path() {
        let form = form(&[
            ("line_items[0][price_data][currency]", "usd"),
            ("allowed_payment_method_types[]", "card"),
            ("metadata[order]", "top_1"),
            ("metadata[2]", "x"),
            ("empty", ""),
            ("amount", "5000"),
            ("confirm", "true"),
        ]);
        assert_eq!(form.text("line_items[0][price_data][currency]"), Some("usd"));
        assert_eq!(form.list("allowed_payment_method_types"), ["card"]);
        assert_eq!(form.map("metadata").get("order").map(String::as_str), Some("top_1"));
        assert_eq!(form.text("empty"), None);
        assert_eq!(form.integer("amount"), Ok(Some(5000)));
        assert_eq!(form.flag("confirm"), Ok(true));
        assert!(form.integer("confirm").is_err() && form.flag("amount").is_err());
    }

    #[test]
    fn what_is_not_expected_is_refused_by_name() {
        let allowed = ["mode", "line_items[][quantity]", "metadata[*]"];
        for (path, unknown) in [
            ("mode", None),
            ("line_items[3][quantity]", None),
            ("metadata[order]", None),
            ("metadata[0]", None),
            ("metadata", Some("metadata")),
            ("payment_method_types[0]", Some("payment_method_types")),
            ("line_items[0][price]", Some("line_items[][price]")),
        ] {
            let refused = form(&[(path, "x")]).expect(&allowed).err();
            assert_eq!(refused.and_then(|error| error.param).as_deref(), unknown, "{path}");
        }
    }
}
