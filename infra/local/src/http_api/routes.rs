//! The routes of an HTTP API and the choice among them: the most specific path wins, then a named method over `ANY`.

use std::collections::BTreeMap;

use http::Method;

/// Routes in the order in which they are tried.
#[derive(Clone, Debug, Default)]
pub struct Routes(Vec<Route>);

#[derive(Clone, Debug)]
struct Route {
    /// Any when absent.
    method: Option<String>,
    segments: Vec<Segment>,
    /// As the function sees it, such as `ANY /v1/{proxy+}`.
    key: String,
    function: String,
}

/// A part of a path between slashes.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Segment {
    Literal(String),
    Variable(String),
    /// Takes all that follows.
    Greedy(String),
}

/// The route of a request.
#[derive(Debug)]
pub(super) struct Found<'a> {
    pub(super) key: &'a str,
    pub(super) function: &'a str,
    pub(super) parameters: BTreeMap<String, String>,
}

impl Routes {
    /// Adds a route to a function. `method` is a method's name or `ANY`; `path` may hold `{name}` and end in `{name+}`.
    pub fn add(&mut self, method: &str, path: &str, function: &str) {
        let named = (!method.eq_ignore_ascii_case("ANY")).then(|| method.to_ascii_uppercase());
        let key = format!("{} {path}", method.to_ascii_uppercase());
        let segments = split(path).map(Segment::parse).collect();
        self.0.push(Route { method: named, segments, key, function: function.to_owned() });
        self.0.sort_by_key(|route| (route.kinds(), route.method.is_none()));
    }

    pub(super) fn find(&self, method: &Method, path: &str) -> Option<Found<'_>> {
        self.0.iter().find_map(|route| {
            if route.method.as_deref().is_some_and(|named| named != method.as_str()) {
                return None;
            }
            let parameters = route.matches(path)?;
            Some(Found { key: &route.key, function: &route.function, parameters })
        })
    }
}

impl Route {
    fn kinds(&self) -> Vec<u8> {
        self.segments.iter().map(Segment::rank).collect()
    }

    fn matches(&self, path: &str) -> Option<BTreeMap<String, String>> {
        let mut parameters = BTreeMap::new();
        let mut rest = split(path);
        for segment in &self.segments {
            match segment {
                Segment::Literal(text) => (rest.next()? == text).then_some(())?,
                Segment::Variable(name) => {
                    let value = rest.next().filter(|value| !value.is_empty())?;
                    parameters.insert(name.clone(), value.to_owned());
                }
                Segment::Greedy(name) => {
                    let value = rest.by_ref().collect::<Vec<_>>().join("/");
                    (!value.is_empty()).then(|| parameters.insert(name.clone(), value))?;
                }
            }
        }
        rest.next().is_none().then_some(parameters)
    }
}

impl Segment {
    fn parse(text: &str) -> Self {
        let Some(name) = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) else {
            return Self::Literal(text.to_owned());
        };
        match name.strip_suffix('+') {
            Some(name) => Self::Greedy(name.to_owned()),
            None => Self::Variable(name.to_owned()),
        }
    }

    /// The lower, the more specific.
    fn rank(&self) -> u8 {
        match self {
            Self::Literal(_) => 0,
            Self::Variable(_) => 1,
            Self::Greedy(_) => 2,
        }
    }
}

fn split(path: &str) -> impl Iterator<Item = &str> {
    path.strip_prefix('/').unwrap_or(path).split('/')
}
