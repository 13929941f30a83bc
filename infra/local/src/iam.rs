//! Decides as IAM does whether a role's statements allow a call: nothing is allowed unless said, and an explicit deny wins.

/// One statement of an identity policy, without conditions: the template reader refuses those.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    pub effect: Effect,
    /// `service:Name`, with the wildcards `*` and `?`; letter case does not matter.
    pub actions: Vec<String>,
    /// ARNs, with the wildcards `*` and `?`, or `*` alone.
    pub resources: Vec<String>,
    /// Line of the template on which the statement begins.
    pub line: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    Allow,
    Deny,
}

/// All statements of one role.
#[derive(Clone, Debug, Default)]
pub struct Policy(pub Vec<Statement>);

impl Policy {
    /// Whether the role may take `action` on the resource with this ARN.
    #[must_use]
    pub fn allows(&self, action: &str, resource: &str) -> bool {
        let says = |effect: Effect| {
            self.0.iter().any(|statement| statement.effect == effect && statement.covers(action, resource))
        };
        says(Effect::Allow) && !says(Effect::Deny)
    }
}

impl Statement {
    fn covers(&self, action: &str, resource: &str) -> bool {
        let action = action.to_ascii_lowercase();
        self.actions.iter().any(|pattern| matches(&pattern.to_ascii_lowercase(), &action))
            && self.resources.iter().any(|pattern| matches_arn(pattern, resource))
    }
}

/// A wildcard stays within its segment, of which an ARN has six; the last may hold colons of its own.
fn matches_arn(pattern: &str, arn: &str) -> bool {
    if pattern == "*" {
        return true;
    }
    let patterns: Vec<&str> = pattern.splitn(6, ':').collect();
    let segments: Vec<&str> = arn.splitn(6, ':').collect();
    patterns.len() == segments.len()
        && patterns.iter().zip(segments).all(|(pattern, segment)| matches(pattern, segment))
}

/// `*` stands for any run of characters, also an empty one, and `?` for one character.
fn matches(pattern: &str, text: &str) -> bool {
    let Some((head, tail)) = pattern.split_once('*') else {
        return literal_prefix(pattern, text) == Some("");
    };
    let Some(mut rest) = literal_prefix(head, text) else {
        return false;
    };
    loop {
        if matches(tail, rest) {
            return true;
        }
        let mut characters = rest.chars();
        if characters.next().is_none() {
            return false;
        }
        rest = characters.as_str();
    }
}

/// What follows in `text` after `pattern`, in which only `?` is special.
fn literal_prefix<'a>(pattern: &str, text: &'a str) -> Option<&'a str> {
    let mut rest = text.chars();
    for wanted in pattern.chars() {
        let found = rest.next()?;
        if wanted != '?' && wanted != found {
            return None;
        }
    }
    Some(rest.as_str())
}

#[cfg(test)]
mod tests {
    use super::{Effect, Policy, Statement};

    const TABLE: &str = "arn:aws:dynamodb:eu-central-1:000000000000:table/casement-Table";

    fn statement(effect: Effect, action: &str, resource: &str) -> Statement {
        Statement { effect, actions: vec![action.to_owned()], resources: vec![resource.to_owned()], line: 1 }
    }

    #[test]
    fn an_allow_statement_covers_what_its_patterns_match() {
        let index = format!("{TABLE}/index/list");
        for (action, resource, asked_action, asked_resource, allowed) in [
            ("dynamodb:GetItem", TABLE, "dynamodb:GetItem", TABLE, true),
            ("dynamodb:getitem", TABLE, "dynamodb:GetItem", TABLE, true),
            ("dynamodb:GetItem", TABLE, "dynamodb:PutItem", TABLE, false),
            ("dynamodb:Get", TABLE, "dynamodb:GetItem", TABLE, false),
            ("dynamodb:*Item", TABLE, "dynamodb:BatchGetItem", TABLE, true),
            ("dynamodb:*Item", TABLE, "dynamodb:Query", TABLE, false),
            ("*", "*", "ssm:GetParameter", "arn:aws:ssm:eu-central-1:000000000000:parameter/a", true),
            ("dynamodb:Query", TABLE, "dynamodb:Query", &index, false),
            ("dynamodb:Query", &index, "dynamodb:Query", TABLE, false),
            ("dynamodb:Query", &format!("{TABLE}*"), "dynamodb:Query", &index, true),
            ("dynamodb:Query", &format!("{TABLE}/index/l??t"), "dynamodb:Query", &index, true),
            ("dynamodb:Query", &format!("{TABLE}/index/l?t"), "dynamodb:Query", &index, false),
            ("s3:GetObject", "arn:aws:s3:::bucket/atoms/*", "s3:GetObject", "arn:aws:s3:::bucket/atoms/a/b:c", true),
            ("s3:GetObject", "arn:aws:s3:::bucket/atoms/*", "s3:GetObject", "arn:aws:s3:::bucket/atoms/", true),
            ("s3:GetObject", "arn:aws:s3:::bucket/atoms/*", "s3:GetObject", "arn:aws:s3:::bucket/atom", false),
            ("s3:GetObject", "arn:aws:s3:::bucket/*/x*z", "s3:GetObject", "arn:aws:s3:::bucket/a/xyzxyz", true),
            ("s3:GetObject", "arn:aws:s3:::BUCKET/*", "s3:GetObject", "arn:aws:s3:::bucket/a", false),
            (
                "sqs:SendMessage",
                "arn:aws:sqs:*:000000000000:q",
                "sqs:SendMessage",
                "arn:aws:sqs:r:000000000000:q",
                true,
            ),
            ("sqs:SendMessage", "arn:aws:sqs:*:q", "sqs:SendMessage", "arn:aws:sqs:r:000000000000:q", false),
        ] {
            let policy = Policy(vec![statement(Effect::Allow, action, resource)]);
            assert_eq!(
                policy.allows(asked_action, asked_resource),
                allowed,
                "{action} on {resource}, asked for {asked_action} on {asked_resource}"
            );
        }
    }

    #[test]
    fn a_deny_wins_over_an_allow_in_either_order() {
        let allow = statement(Effect::Allow, "dynamodb:*", TABLE);
        let deny = statement(Effect::Deny, "dynamodb:DeleteItem", "*");
        for statements in [vec![allow.clone(), deny.clone()], vec![deny, allow]] {
            let policy = Policy(statements);
            assert!(policy.allows("dynamodb:PutItem", TABLE));
            assert!(!policy.allows("dynamodb:DeleteItem", TABLE));
        }
    }

    #[test]
    fn nothing_said_is_nothing_allowed() {
        assert!(!Policy::default().allows("dynamodb:GetItem", TABLE));
        assert!(!Policy(vec![statement(Effect::Deny, "sqs:*", "*")]).allows("dynamodb:GetItem", TABLE));
    }
}
