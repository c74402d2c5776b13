//! Lesson 4: a tool in the twin, used on the target's port; the target unchanged, the twin removed.

use super::Play;

#[test]
fn install_use_throw_away() {
    let mut play = Play::open("throw-away", "lt4");
    // Install.
    play.line("docker exec -u 0 {lab}-web apk add probe");
    play.wrong(0);
    play.attach("{lab}-web");
    play.line("apk add probe");
    play.done();
    // Use.
    play.line("probe 8081 /");
    play.wrong(2);
    play.line("probe 8080 /");
    let greeting = play.last_line_of("probe 8080 /");
    play.answer("200");
    play.wrong(0);
    play.answer(&greeting);
    play.done();
    // Throw away.
    play.line("docker diff {lab}-web");
    play.wrong(1);
    play.exit();
    play.line("docker diff {lab}-web");
    play.done();
    // A new twin is clean.
    play.attach("{lab}-web");
    play.line("apk add probe");
    play.wrong(0);
    play.exit();
    play.attach("{lab}-web");
    play.line("apk info -e probe");
    play.done();
    play.leave();
}
