//! Expressions as in DynamoDB's manual, with the names and values that they mention.
use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

/// The values of an expression: `values([(":at", n(at))])`.
pub(crate) type Values = HashMap<String, AttributeValue>;

pub(crate) fn values<const N: usize>(pairs: [(&str, AttributeValue); N]) -> Values {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

pub(crate) fn s(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

pub(crate) fn n(number: impl std::fmt::Display) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

/// `#name` stands for the attribute `name` in all our expressions, so that reserved words never matter.
pub(crate) fn names(expressions: &[&str]) -> HashMap<String, String> {
    let mut names = HashMap::new();
    for part in expressions.iter().flat_map(|expression| expression.split('#').skip(1)) {
        let end = part.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(part.len());
        names.insert(format!("#{}", &part[..end]), part[..end].to_owned());
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_expressions() {
        let found = names(&["SET #last_in = :at, #list_sk=:x REMOVE #a", "attribute_not_exists(#pk)"]);
        let mut keys: Vec<_> = found.into_iter().map(|(k, v)| format!("{k}={v}")).collect();
        keys.sort();
        assert_eq!(keys, ["#a=a", "#last_in=last_in", "#list_sk=list_sk", "#pk=pk"]);
    }
}
