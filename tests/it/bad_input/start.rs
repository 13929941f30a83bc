//! Starts that cannot be: one clear message on stderr, nothing on stdout, exit code 1.
use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;
use tokio::time::timeout;

use crate::world::casement;

const LIMIT: Duration = Duration::from_secs(60);

fn command(arguments: &[&str], folder: &Path) -> Command {
    let mut command = Command::new(casement());
    command.args(["--no-build", "--json"]).args(arguments).current_dir(folder).stdin(Stdio::null()).kill_on_drop(true);
    command
}

/// Where the template is.
fn project() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// What a start in vain says.
async fn refusal(arguments: &[&str], folder: &Path) -> String {
    let output = timeout(LIMIT, command(arguments, folder).output()).await.expect("it goes on and on").unwrap();
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {stderr}");
    assert_eq!(stdout, "", "{arguments:?}");
    let lines: Vec<&str> = stderr.lines().collect();
    assert_eq!(lines.len(), 1, "{arguments:?}: {stderr}");
    lines[0].strip_prefix("error: ").unwrap_or_else(|| panic!("{arguments:?}: {stderr}")).to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_taken_port_is_said_with_what_helps() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let message = refusal(&["--memory", "--port", &port], project()).await;
    assert!(message.contains(&format!("port {port} is taken")) && message.contains("--port"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_data_folder_that_is_none_is_said_with_its_name() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "no folder").unwrap();
    for data in [file.clone(), file.join("within")] {
        let message = refusal(&["--port", "0", "--data", data.to_str().unwrap()], project()).await;
        assert!(message.contains(data.to_str().unwrap()) && message.contains("--data"), "{message}");
    }
}

/// A folder that a stack has used, and what is in it.
async fn used() -> (TempDir, Vec<std::path::PathBuf>) {
    let folder = TempDir::new().unwrap();
    let mut command = command(&["--port", "0", "--data", folder.path().to_str().unwrap()], project());
    let mut running = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(running.stdout.take().unwrap()).lines();
    let ready = timeout(LIMIT, lines.next_line()).await.expect("it is not ready").unwrap();
    assert!(ready.is_some_and(|line| line.starts_with('{')));
    let ended =
        std::process::Command::new("kill").args(["-TERM", &running.id().unwrap().to_string()]).status().unwrap();
    assert!(ended.success());
    assert!(timeout(LIMIT, running.wait()).await.expect("it does not end").unwrap().success());
    let files = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
    let files: Vec<_> = files.filter(|path| path.is_file() && path.metadata().unwrap().len() > 0).collect();
    assert!(files.len() >= 3, "{files:?}");
    (folder, files)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_data_folder_is_said_with_the_file() {
    let (folder, files) = used().await;
    for file in files {
        let whole = fs::read(&file).unwrap();
        fs::write(&file, b"damaged beyond reading \x00\xff".repeat(500)).unwrap();
        let message = refusal(&["--port", "0", "--data", folder.path().to_str().unwrap()], project()).await;
        let name = file.file_name().unwrap().to_str().unwrap();
        assert!(message.contains(name), "{name}: {message}");
        fs::write(&file, whole).unwrap();
    }
}

/// A project with this template.
fn copy(template: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::create_dir(folder.path().join("infra")).unwrap();
    fs::write(folder.path().join("infra/template.yaml"), template).unwrap();
    std::os::unix::fs::symlink(project().join("functions"), folder.path().join("functions")).unwrap();
    folder
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_template_is_said_with_its_line() {
    let template = fs::read_to_string(project().join("infra/template.yaml")).unwrap();
    for (what, old, new) in [
        ("no YAML", "Resources:\n", "Resources: [\n"),
        ("an unknown property", "BatchSize: 1\n", "BatchSise: 1\n"),
        ("an unknown type", "AWS::CloudWatch::Alarm\n", "AWS::CloudWatch::Bell\n"),
        ("a reference to nothing", "!Ref InboundQueue\n", "!Ref OutboundQueue\n"),
        ("a wrong value", "Timeout: 120\n", "Timeout: soon\n"),
    ] {
        let (before, after) = template.split_once(old).unwrap();
        let folder = copy(&format!("{before}{new}{after}"));
        let message = refusal(&["--memory", "--port", "0"], folder.path()).await;
        let line = before.matches('\n').count() + 1;
        // What is no YAML is noticed only where its end is missed.
        let place =
            if what == "no YAML" { "infra/template.yaml:".to_owned() } else { format!("infra/template.yaml:{line}: ") };
        assert!(message.contains(&place), "{what}: {message}");
    }
    let empty = copy("");
    let message = refusal(&["--memory", "--port", "0"], empty.path()).await;
    assert!(message.contains("infra/template.yaml:"), "{message}");
    let nowhere = TempDir::new().unwrap();
    let message = refusal(&["--memory", "--port", "0"], nowhere.path()).await;
    assert!(message.contains("infra/template.yaml"), "{message}");
}
