//! Finds Casement's workspace from where a program was started, and builds the functions in it.

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail, ensure};

use crate::aws::{ACCOUNT, REGION};
use crate::template::{self, Resolver};

const ABOUT_PACKAGE: [&str; 2] = ["CARGO_PKG_", "CARGO_MANIFEST_"];
const TEMPLATE: &str = "infra/template.yaml";

/// The workspace and the folder that cargo puts its programs into, in the profile of the running program.
#[derive(Clone, Debug)]
pub struct Workspace {
    pub root: PathBuf,
    /// `target/debug` or `target/release`, as a rule.
    pub binaries: PathBuf,
    /// Whether the running program is one of `cargo test --workspace`.
    in_test: bool,
}

impl Workspace {
    /// Searches upwards from the working folder for the template, and takes the folder of the running program.
    ///
    /// # Errors
    /// There is no template on the way up.
    pub fn find() -> anyhow::Result<Self> {
        let start = env::current_dir().context("cannot tell the working folder")?;
        let root = start.ancestors().find(|folder| folder.join(TEMPLATE).is_file());
        let root = root.with_context(|| {
            format!("found no {TEMPLATE} in {} or above it: start from Casement's folder", start.display())
        })?;
        let program = env::current_exe().context("cannot tell which program this is")?;
        let folder = program.parent().context("this program is in no folder")?;
        // Tests run one level deeper than programs.
        let in_test = folder.ends_with("deps");
        let binaries = if in_test { folder.parent().unwrap_or(folder) } else { folder };
        Ok(Self { root: root.to_owned(), binaries: binaries.to_owned(), in_test })
    }

    /// A workspace whose binaries are elsewhere.
    #[must_use]
    pub fn new(root: PathBuf, binaries: PathBuf) -> Self {
        Self { root, binaries, in_test: false }
    }

    #[must_use]
    pub fn template(&self) -> PathBuf {
        self.root.join(TEMPLATE)
    }

    /// Builds the binaries of all functions in the template.
    ///
    /// # Errors
    /// The template is not understood, or the build failed.
    pub fn build_functions(&self) -> anyhow::Result<()> {
        self.build(&self.functions()?)
    }

    /// Builds programs of the workspace. What cargo says goes to stderr.
    ///
    /// # Errors
    /// The build failed.
    pub fn build(&self, programs: &[String]) -> anyhow::Result<()> {
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(&cargo);
        command.current_dir(&self.root).arg("build").args(self.profile()?).stdout(Stdio::null());
        if let Some(target) = self.binaries.parent() {
            command.arg("--target-dir").arg(target);
        }
        // What cargo told this program about its package would make build scripts that look at it (ring's does) run anew.
        let about_package =
            |name: &OsStr| name.to_str().is_some_and(|name| ABOUT_PACKAGE.iter().any(|start| name.starts_with(start)));
        for (name, _) in env::vars_os().filter(|(name, _)| about_package(name)) {
            command.env_remove(name);
        }
        // Cargo compiles a dependency anew for every set of its features that is asked for. Selecting what the running
        // program was selected with makes most of them the ones that are there already.
        let selector = if self.in_test { "--bin" } else { "--package" };
        command.args(self.in_test.then_some("--workspace"));
        for name in programs {
            command.args([selector, name]);
        }
        let status = command.status().with_context(|| format!("cannot run {}", Path::new(&cargo).display()))?;
        ensure!(status.success(), "{} do not build", programs.join(", "));
        Ok(())
    }

    fn functions(&self) -> anyhow::Result<Vec<String>> {
        let nowhere = Resolver {
            region: REGION.to_owned(),
            account: ACCOUNT.to_owned(),
            aws_endpoint: "http://127.0.0.1".to_owned(),
            api_endpoint: "http://127.0.0.1".to_owned(),
            live_endpoint: "ws://127.0.0.1:3".to_owned(),
        };
        let template = template::load(&self.template(), &BTreeMap::new(), &nowhere)?;
        Ok(template.functions.into_values().map(|function| function.name).collect())
    }

    /// Cargo names the folder after the profile, except that of `dev`.
    fn profile(&self) -> anyhow::Result<Vec<String>> {
        match self.binaries.file_name().and_then(|name| name.to_str()) {
            Some("debug") => Ok(Vec::new()),
            Some(profile) => Ok(vec!["--profile".to_owned(), profile.to_owned()]),
            None => bail!("{} is not a folder that cargo builds into", self.binaries.display()),
        }
    }
}
