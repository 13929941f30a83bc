//! The environment of a function's process: the template's variables and Lambda's own, and nothing of the user's shell.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use super::FunctionSpec;

/// Everything the process finds in its environment.
pub(super) fn of(spec: &FunctionSpec, runtime_api: SocketAddr, log_stream: &str) -> BTreeMap<String, String> {
    let task_root = spec.program.parent().map(|folder| folder.display().to_string()).unwrap_or_default();
    let own = [
        ("AWS_LAMBDA_RUNTIME_API", runtime_api.to_string()),
        ("AWS_LAMBDA_FUNCTION_NAME", spec.function_name.clone()),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST".to_owned()),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", spec.memory_mb.to_string()),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand".to_owned()),
        ("AWS_LAMBDA_LOG_GROUP_NAME", spec.log_group.clone()),
        ("AWS_LAMBDA_LOG_STREAM_NAME", log_stream.to_owned()),
        ("AWS_LAMBDA_LOG_FORMAT", spec.log_format.to_owned()),
        ("AWS_REGION", spec.region.clone()),
        ("AWS_DEFAULT_REGION", spec.region.clone()),
        ("AWS_EXECUTION_ENV", "AWS_Lambda_provided.al2023".to_owned()),
        ("LAMBDA_TASK_ROOT", task_root.clone()),
        ("LAMBDA_RUNTIME_DIR", task_root),
        ("_HANDLER", "bootstrap".to_owned()),
        ("LANG", "en_US.UTF-8".to_owned()),
        ("PATH", "/usr/local/bin:/usr/bin:/bin:/opt/bin".to_owned()),
        ("TZ", ":UTC".to_owned()),
    ];
    // Lambda refuses a template that sets one of its own names; so its own come last here.
    let mut environment = spec.environment.clone();
    environment.extend(own.map(|(name, value)| (name.to_owned(), value)));
    environment
}
