//! Lesson 1: an exec that fails with 126 or 127, and a twin beside the container.

use super::Play;
use crate::support::docker;

#[test]
fn the_missing_shell() {
    let mut play = Play::open("missing-shell", "lt1");
    // Look at the container.
    play.line("docker logs");
    play.wrong(0);
    play.line("docker logs {lab}-web");
    play.done();
    // Try to get in.
    play.line("docker exec -it {lab}-web /usr/bin/web --print-args");
    play.wrong(1);
    play.line("docker exec -it {lab}-web ls");
    play.wrong(0);
    // From another terminal, which counts as well.
    let tried = docker::run(&["exec", &play.names.whole("web"), "sh"]);
    play.done();
    // 126 or 127, as the engine has it.
    let number = tried.status.code().unwrap();
    let other = 126 + 127 - number;
    // Read the error.
    play.answer("0");
    play.wrong(0);
    play.answer(&number.to_string());
    play.wrong(3);
    play.answer(&other.to_string());
    play.line("docker exec -it {lab}-web sh");
    play.wrong(2);
    play.answer(&number.to_string());
    play.done();
    // Open the twin.
    play.run(
        "docker run -it --rm --name {lab}-alone --entrypoint sh {lab}/web:latest-dev",
        "/ $",
    );
    play.wrong(1);
    play.line("exit");
    play.at_home();
    play.line("docker exec -it {lab}-web bash");
    play.wrong(2);
    // An arena has processes of its own: it is no twin beside a container that runs.
    play.attach("--mode arena {lab}-web");
    play.wrong(2);
    play.exit();
    play.attach("{lab}-web");
    play.done();
    // Look around.
    play.line("docker ps");
    play.wrong(2);
    play.exit();
    play.wrong(1);
    play.line("ps");
    play.wrong(0);
    play.attach("{lab}-web");
    play.line("ps");
    play.done();
    play.exit();
    play.leave();
}
