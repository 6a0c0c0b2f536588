//! `cargo xtask dist-local`: builds the static binary of `people` for this machine's processor, and the image with it.

use crate::cargo::{cargo_command, read_workspace};
use crate::http::{new_client, wait_until_ready};
use crate::paths::workspace_root;
use crate::process::{Supervisor, new_command};
use crate::progress::{print_step, run_inherited};
use crate::tools::Tools;
use anyhow::{Context, Result, ensure};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;

const PACKAGE: &str = "people-cli";
const BINARY: &str = "people";
const IMAGE: &str = "people-api";

/// The program that ELF names as its loader; a static binary names none.
const INTERPRETER: &[u8] = b"/ld-";

/// Longest wait for the server of the binary.
const START_TIMEOUT: Duration = Duration::from_secs(10);

const MB: f64 = 1024.0 * 1024.0;

pub(crate) async fn run(supervisor: &Supervisor) -> Result<u8> {
    let tools = Tools::ensure_installed(supervisor).await?;
    let built = build_static(supervisor, &tools).await?;
    let context = workspace_root().join("target/dist/image");
    let binary = prepare_context(&built, &context)?;
    print_step("starting the server of the binary with nothing around it");
    let key = try_server(&context).await?;
    let size = std::fs::metadata(&binary)?.len() as f64 / MB;
    print_step(&format!("{} works: {size:.1} MB", binary.display()));
    try_image(supervisor, &context, &key).await?;
    Ok(0)
}

/// Builds the binary with musl, and returns its path.
async fn build_static(supervisor: &Supervisor, tools: &Tools) -> Result<PathBuf> {
    let target = format!("{}-unknown-linux-musl", std::env::consts::ARCH);
    let mut add = new_command("rustup");
    add.args(["target", "add", &target]);
    run_inherited(supervisor, "adding the target for static binaries", add).await?;
    // zig, which comes with the tools, compiles and links the parts in C.
    let mut build = tools.python_command("cargo-zigbuild");
    build.args(["zigbuild", "--release", "--target", &target]);
    build.args(["-p", PACKAGE, "--bin", BINARY]);
    build.env("CARGO", cargo_command().as_std().get_program());
    run_inherited(supervisor, "building the static binary (minutes the first time)", build).await?;
    Ok(read_workspace()?.target_directory.join(target).join("release").join(BINARY))
}

/// Makes the folder from which the image is built: the binary, and the empty folder of its data.
fn prepare_context(built: &Path, context: &Path) -> Result<PathBuf> {
    let bytes = std::fs::read(built)?;
    let has_interpreter =
        bytes.windows(INTERPRETER.len()).take(64 * 1024).any(|window| window == INTERPRETER);
    ensure!(!has_interpreter, "{} is not static", built.display());
    if context.exists() {
        std::fs::remove_dir_all(context)?;
    }
    std::fs::create_dir_all(context.join("data"))?;
    let binary = context.join(BINARY);
    std::fs::copy(built, &binary)?;
    Ok(binary)
}

/// Starts the server as the image does, but on the loopback interface: in an empty environment and, where that is
/// allowed, with the folder as its root. It must answer, and end by a signal. Returns its access key.
async fn try_server(context: &Path) -> Result<String> {
    let is_root = nix::unistd::geteuid().is_root();
    let data = tempfile::tempdir()?;
    let mut command = if is_root {
        let mut command = new_command("chroot");
        command.arg(context).arg(format!("/{BINARY}"));
        command
    } else {
        new_command(context.join(BINARY))
    };
    let data = if is_root { Path::new("/data") } else { data.path() };
    let path = std::env::var_os("PATH").unwrap_or_default();
    command.env_clear().env("PATH", path).args(["serve", "--json", "--port", "0", "--data"]);
    command.arg(data).stdout(Stdio::piped());
    let mut server = command.kill_on_drop(true).spawn().context("can't start the server")?;
    let stdout = server.stdout.take().context("the server has no output")?;
    let mut lines = BufReader::new(stdout).lines();
    let line = tokio::time::timeout(START_TIMEOUT, lines.next_line());
    let line = line.await.context("the server says nothing")??;
    let announced: Value = serde_json::from_str(&line.context("the server ended")?)?;
    let text = |name: &str| announced.get(name).and_then(Value::as_str).unwrap_or_default();
    let key = text("accessKey").to_owned();
    list_objects(text("baseUrl"), &key).await?;
    let id = server.id().context("the server ended")?;
    kill(Pid::from_raw(i32::try_from(id)?), Signal::SIGTERM)?;
    let status = server.wait().await?;
    ensure!(status.success(), "the server ended with {status}");
    if is_root {
        std::fs::remove_dir_all(context.join("data"))?;
        std::fs::create_dir(context.join("data"))?;
    }
    Ok(key)
}

/// Makes one call that needs the access key.
async fn list_objects(base_url: &str, key: &str) -> Result<()> {
    let path = "/v1/meta/services/objects/list";
    let request = new_client()?.get(format!("{base_url}{path}")).header("Accesskey", key);
    let status = request.send().await?.status();
    ensure!(status.is_success(), "{path}: {status}");
    Ok(())
}

/// Builds the image and runs it once, where docker works.
async fn try_image(supervisor: &Supervisor, context: &Path, key: &str) -> Result<()> {
    let mut info = Command::new("docker");
    info.arg("info").stdout(Stdio::null()).stderr(Stdio::null());
    if !info.status().await.is_ok_and(|status| status.success()) {
        print_step("docker does not work here: no image is built");
        return Ok(());
    }
    let mut build = new_command("docker");
    build.args(["build", "--tag", IMAGE, "--file"]);
    build.arg(workspace_root().join("Dockerfile")).arg(context);
    run_inherited(supervisor, "building the image", build).await?;
    let variable = format!("PEOPLE_ACCESS_KEY={key}");
    let run =
        ["run", "--detach", "--rm", "--publish", "127.0.0.1::9000", "--env", &variable, IMAGE];
    let container = read_docker(supervisor, &run).await?;
    let outcome = try_container(supervisor, &container, key).await;
    read_docker(supervisor, &["stop", &container]).await?;
    outcome?;
    print_step(&format!("the image {IMAGE} works"));
    Ok(())
}

async fn try_container(supervisor: &Supervisor, container: &str, key: &str) -> Result<()> {
    let address = read_docker(supervisor, &["port", container, "9000"]).await?;
    let base_url = format!("http://{}", address.lines().next().unwrap_or_default());
    wait_until_ready(&base_url, "the container", START_TIMEOUT).await?;
    list_objects(&base_url, key).await
}

/// Runs docker and returns what it prints.
async fn read_docker(supervisor: &Supervisor, arguments: &[&str]) -> Result<String> {
    let mut command = new_command("docker");
    command.args(arguments);
    let output = supervisor.output(command).await?;
    let error = String::from_utf8_lossy(&output.stderr);
    let action = arguments.first().copied().unwrap_or_default();
    ensure!(output.status.success(), "docker {action}: {}", error.trim());
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
