//! Why a function could not start, with all its causes.
use std::error::Error;

#[derive(Debug, thiserror::Error)]
pub enum Fatal {
    #[error("environment variable {name} is missing; infra/template.yaml sets it")]
    Variable { name: String },
    #[error("{what} could not be set up")]
    SetUp {
        what: &'static str,
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    #[error("the Lambda runtime ended")]
    Lambda(#[source] Box<dyn Error + Send + Sync>),
}

impl Fatal {
    pub fn set_up(what: &'static str, source: impl Into<Box<dyn Error + Send + Sync>>) -> Fatal {
        Fatal::SetUp { what, source: source.into() }
    }
}

/// An error and its causes in one line; each type's own text leaves its source out.
pub fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
