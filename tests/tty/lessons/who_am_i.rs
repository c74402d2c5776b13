//! Lesson 3: apk fails with 99 as 65532, and root's twin gains the package.

use super::Play;

#[test]
fn who_am_i() {
    let mut play = Play::open("who-am-i", "lt3");
    // Who is the web server?
    play.answer("root");
    play.wrong(0);
    play.answer("nonroot");
    play.wrong(1);
    play.answer("1");
    play.wrong(2);
    play.answer("65532");
    play.done();
    // Be the web server.
    play.attach("{lab}-web");
    play.line("id");
    play.wrong(0);
    play.exit();
    play.attach("--user 65532 {lab}-web");
    play.run("id", "uid=65532(nonroot) gid");
    play.done();
    play.in_twin();
    // Try to install.
    play.line("sudo apk add probe");
    play.wrong(1);
    play.line("apk add probe");
    play.done();
    // Install as root.
    play.line("apk add probe");
    play.wrong(2);
    play.exit();
    play.line("docker exec -u 0 {lab}-web apk add probe");
    play.wrong(0);
    play.attach("{lab}-web");
    play.line("apk add probe");
    play.done();
    play.exit();
    play.leave();
}
