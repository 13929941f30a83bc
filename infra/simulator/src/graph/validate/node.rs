//! A value inside a request body with the path by which an error names it.

use serde_json::Value;

use crate::graph::errors::GraphError;

pub(super) struct Node<'a> {
    path: String,
    value: &'a Value,
}

impl<'a> Node<'a> {
    pub(super) fn root(value: &'a Value) -> Result<Self, GraphError> {
        if value.is_object() {
            return Ok(Self { path: String::new(), value });
        }
        Err(GraphError::parameter("The request body must be a JSON object."))
    }

    pub(super) fn path(&self) -> &str {
        &self.path
    }

    fn child(&self, name: &str, value: &'a Value) -> Self {
        let path = if self.path.is_empty() { name.to_owned() } else { format!("{}['{name}']", self.path) };
        Self { path, value }
    }

    /// The member, if it is there; null counts as absent.
    pub(super) fn get(&self, name: &str) -> Option<Self> {
        self.value.get(name).filter(|value| !value.is_null()).map(|value| self.child(name, value))
    }

    /// The member, or 131008.
    pub(super) fn need(&self, name: &str) -> Result<Self, GraphError> {
        if !self.value.is_object() {
            return Err(self.must_be("an object"));
        }
        self.get(name).ok_or_else(|| {
            let path = if self.path.is_empty() { name.to_owned() } else { format!("{}['{name}']", self.path) };
            GraphError::missing(&path)
        })
    }

    /// Refuses members that the type does not have.
    pub(super) fn only(&self, allowed: &[&str]) -> Result<(), GraphError> {
        let Some(object) = self.value.as_object() else {
            return Err(self.must_be("an object"));
        };
        match object.keys().find(|name| !allowed.contains(&name.as_str())) {
            Some(name) => Err(GraphError::parameter(format!("Unexpected key \"{name}\" on param \"{}\".", self.path))),
            None => Ok(()),
        }
    }

    pub(super) fn object(&self) -> Result<(), GraphError> {
        if self.value.is_object() { Ok(()) } else { Err(self.must_be("an object")) }
    }

    pub(super) fn string(&self) -> Result<&'a str, GraphError> {
        self.value.as_str().ok_or_else(|| self.must_be("a string"))
    }

    pub(super) fn boolean(&self) -> Result<(), GraphError> {
        if self.value.is_boolean() { Ok(()) } else { Err(self.must_be("a boolean")) }
    }

    /// A number, also one written as a string.
    pub(super) fn number(&self) -> Result<f64, GraphError> {
        let number = self.value.as_f64().or_else(|| self.value.as_str()?.trim().parse().ok());
        number.ok_or_else(|| self.must_be("a number"))
    }

    pub(super) fn degrees(&self, most: f64) -> Result<(), GraphError> {
        if self.number()?.abs() <= most {
            return Ok(());
        }
        Err(GraphError::invalid(format!("{} must be between -{most} and {most}.", self.path)))
    }

    /// A string of so many characters, or 131009.
    pub(super) fn length(&self, min: usize, max: usize) -> Result<(), GraphError> {
        if (min..=max).contains(&self.string()?.chars().count()) {
            return Ok(());
        }
        Err(GraphError::invalid(format!("{} length invalid. Min length: {min}, Max length: {max}", self.path)))
    }

    /// The elements of a list with so many of them.
    pub(super) fn list(&self, min: usize, max: usize) -> Result<Vec<Self>, GraphError> {
        let Some(list) = self.value.as_array() else {
            return Err(self.must_be("an array"));
        };
        if !(min..=max).contains(&list.len()) {
            let details = format!("{} has {} elements. Min: {min}, Max: {max}", self.path, list.len());
            return Err(GraphError::invalid(details));
        }
        Ok(list.iter().enumerate().map(|(at, value)| Self { path: format!("{}[{at}]", self.path), value }).collect())
    }

    fn must_be(&self, what: &str) -> GraphError {
        GraphError::parameter(format!("Param {} must be {what}.", self.path))
    }
}
