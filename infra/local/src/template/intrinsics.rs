//! CloudFormation's functions, evaluated. A reference that leads nowhere is reported.

use super::context::Context;
use super::tree::{Entry, Node, Value};

const NO_VALUE: &str = "AWS::NoValue";

/// The call that a map stands for, if it is one.
pub(super) fn call(entries: &[Entry]) -> Option<&Entry> {
    entries.iter().find(|entry| entry.key == "Ref" || entry.key.starts_with("Fn::"))
}

impl Context<'_> {
    /// The node with every call in it evaluated; `None` where the template says `AWS::NoValue`.
    pub(super) fn resolve(&self, node: &Node) -> Option<Node> {
        let line = node.line;
        let value = match &node.value {
            Value::Null | Value::Scalar(_) | Value::Broken => node.value.clone(),
            Value::List(items) => Value::List(items.iter().filter_map(|item| self.resolve(item)).collect()),
            Value::Map(entries) => {
                if let Some(entry) = call(entries) {
                    if entries.len() > 1 {
                        self.problems.report(entry.line, format!("{} must stand alone in its map", entry.key));
                        return Some(Node::broken(line));
                    }
                    return self.evaluate(entry);
                }
                let resolved = entries.iter().filter_map(|Entry { key, line, node }| {
                    Some(Entry { key: key.clone(), line: *line, node: self.resolve(node)? })
                });
                Value::Map(resolved.collect())
            }
        };
        Some(Node { line, value })
    }

    /// A condition's outcome; `false` where it is not understood, which is reported.
    pub(super) fn condition(&self, node: &Node) -> bool {
        let Value::Map(entries) = &node.value else {
            self.problems.report(node.line, format!("a condition must be a function, not {}", node.kind()));
            return false;
        };
        match entries.as_slice() {
            [Entry { key, node, .. }] if key == "Fn::Equals" => {
                let [left, right] = self.arguments(key, node) else { return false };
                match (self.scalar(key, left), self.scalar(key, right)) {
                    (Some(left), Some(right)) => left == right,
                    _ => false,
                }
            }
            [Entry { key, node, .. }] if key == "Fn::Not" => {
                let [operand] = self.arguments(key, node) else { return false };
                !self.condition(operand)
            }
            _ => {
                let keys: Vec<&str> = entries.iter().map(|entry| entry.key.as_str()).collect();
                let message =
                    format!("{} is not understood as a condition; understood: Fn::Equals, Fn::Not", keys.join(", "));
                self.problems.report(node.line, message);
                false
            }
        }
    }

    fn evaluate(&self, Entry { key, line, node }: &Entry) -> Option<Node> {
        let line = *line;
        let text = match key.as_str() {
            "Ref" => match &node.value {
                Value::Scalar(name) if name == NO_VALUE => return None,
                Value::Scalar(name) => self.reference(line, name),
                Value::Null | Value::List(_) | Value::Map(_) | Value::Broken => self.misused(line, "Ref takes a name"),
            },
            "Fn::GetAtt" => self.get_att(line, node),
            "Fn::Sub" => self.sub(line, node),
            "Fn::Join" => self.join(line, node),
            "Fn::If" => return self.choose(line, node),
            _ => {
                let understood = "understood: Ref, Fn::GetAtt, Fn::Sub, Fn::Join, Fn::If";
                self.misused(line, &format!("{key} is not understood; {understood}"))
            }
        };
        Some(text.map_or_else(|| Node::broken(line), |text| Node { line, value: Value::Scalar(text) }))
    }

    fn reference(&self, line: usize, name: &str) -> Option<String> {
        let parameter = self.parameters.get(name).map(String::as_str).or_else(|| self.pseudo_parameter(name));
        let found = parameter.or_else(|| self.symbols.get(name).map(|symbol| symbol.reference.as_str()));
        if found.is_none() {
            return self.misused(line, &format!("{name} is neither a parameter nor a resource of this template"));
        }
        found.map(str::to_owned)
    }

    fn get_att(&self, line: usize, node: &Node) -> Option<String> {
        match &node.value {
            Value::Scalar(path) => match path.split_once('.') {
                Some((name, attribute)) => self.attribute(line, name, attribute),
                None => self.misused(line, "Fn::GetAtt takes Resource.Attribute"),
            },
            Value::List(items) => match items.as_slice() {
                [Node { value: Value::Scalar(name), .. }, Node { value: Value::Scalar(attribute), .. }] => {
                    self.attribute(line, name, attribute)
                }
                _ => self.misused(line, "Fn::GetAtt takes a list of a resource and an attribute"),
            },
            Value::Null | Value::Map(_) | Value::Broken => self.misused(line, "Fn::GetAtt takes Resource.Attribute"),
        }
    }

    fn attribute(&self, line: usize, name: &str, attribute: &str) -> Option<String> {
        let Some(symbol) = self.symbols.get(name) else {
            return self.misused(line, &format!("{name} is not a resource of this template"));
        };
        let found = symbol.attribute(attribute).map(str::to_owned);
        if found.is_none() {
            let names = symbol.attribute_names();
            return self.misused(line, &format!("{name} has no attribute {attribute}; understood: {names}"));
        }
        found
    }

    /// `Fn::Sub: text` or `Fn::Sub: [text, {name: value}]`.
    fn sub(&self, line: usize, node: &Node) -> Option<String> {
        match &node.value {
            Value::Scalar(text) => self.substitute(line, text, &[]),
            Value::List(items) => match items.as_slice() {
                [Node { value: Value::Scalar(text), .. }, Node { value: Value::Map(own), .. }] => {
                    self.substitute(line, text, own)
                }
                _ => self.misused(line, "Fn::Sub takes a list of a text and a map of names"),
            },
            Value::Null | Value::Map(_) | Value::Broken => self.misused(line, "Fn::Sub takes a text"),
        }
    }

    fn substitute(&self, line: usize, text: &str, own: &[Entry]) -> Option<String> {
        let mut result = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let Some((name, after)) = after.split_once('}') else {
                return self.misused(line, "Fn::Sub: a ${ without its }");
            };
            result.push_str(before);
            if let Some(literal) = name.strip_prefix('!') {
                result.push_str(&format!("${{{literal}}}"));
            } else if let Some(entry) = own.iter().find(|entry| entry.key == name) {
                result.push_str(&self.scalar("Fn::Sub", &entry.node)?);
            } else if let Some((resource, attribute)) = name.split_once('.') {
                result.push_str(&self.attribute(line, resource, attribute)?);
            } else {
                result.push_str(&self.reference(line, name)?);
            }
            rest = after;
        }
        result.push_str(rest);
        Some(result)
    }

    /// `Fn::Join: [separator, [value, …]]`.
    fn join(&self, line: usize, node: &Node) -> Option<String> {
        let [Node { value: Value::Scalar(separator), .. }, Node { value: Value::List(items), .. }] =
            self.arguments("Fn::Join", node)
        else {
            return self.misused(line, "Fn::Join takes a separator and a list");
        };
        let texts: Option<Vec<String>> = items.iter().map(|item| self.scalar("Fn::Join", item)).collect();
        Some(texts?.join(separator))
    }

    /// `Fn::If: [condition, then, otherwise]`. Both branches are evaluated, so that a mistake in the other one shows as well.
    fn choose(&self, line: usize, node: &Node) -> Option<Node> {
        let [Node { value: Value::Scalar(name), .. }, then, otherwise] = self.arguments("Fn::If", node) else {
            self.problems.report(line, "Fn::If takes a condition and two values");
            return Some(Node::broken(line));
        };
        let (then, otherwise) = (self.resolve(then), self.resolve(otherwise));
        let Some(&holds) = self.conditions.get(name) else {
            self.problems.report(line, format!("{name} is not a condition of this template"));
            return Some(Node::broken(line));
        };
        if holds { then } else { otherwise }
    }

    /// The list that a function takes; empty, which is reported, if it has something else.
    fn arguments<'n>(&self, function: &str, node: &'n Node) -> &'n [Node] {
        match &node.value {
            Value::List(items) => items,
            Value::Null | Value::Scalar(_) | Value::Map(_) | Value::Broken => {
                self.problems.report(node.line, format!("{function} takes a list, not {}", node.kind()));
                &[]
            }
        }
    }

    fn scalar(&self, function: &str, node: &Node) -> Option<String> {
        let resolved = self.resolve(node).unwrap_or(Node { line: node.line, value: Value::Null });
        match resolved.value {
            Value::Scalar(text) => Some(text),
            Value::Broken => None,
            Value::Null | Value::List(_) | Value::Map(_) => {
                self.misused(node.line, &format!("{function}: expected a single value, found {}", resolved.kind()))
            }
        }
    }

    fn misused<T>(&self, line: usize, message: &str) -> Option<T> {
        self.problems.report(line, message);
        None
    }
}
