//! Lesson 5: a new image of the lab, whose CMD is in exec form, ran and ended with 0.

use super::Play;

#[test]
fn read_the_entrypoint() {
    let mut play = Play::open("entrypoint", "lt5");
    // It does not start.
    play.line("docker run --rm {lab}/hello:1 --print-args");
    play.wrong(0);
    play.line("docker run --rm {lab}/hello:1");
    play.done();
    // Predict the words.
    play.answer("2");
    play.wrong(0);
    play.answer("3");
    play.wrong(1);
    play.answer("5");
    play.wrong(2);
    play.answer("4");
    play.done();
    // Compare with devtwin.
    play.answer("NO_SHELL");
    play.wrong(0);
    play.answer("shell_cmd_to_app");
    play.wrong(2);
    play.line("devtwin entrypoint {lab}/hello:1");
    play.done();
    // Mend it.
    play.line("docker build -t {lab}/hello:2 . && docker run --rm {lab}/hello:2");
    play.wrong(2);
    play.line("grep -v CMD Dockerfile > new; echo 'CMD [\"--print-args --port 8080\"]' >> new; mv new Dockerfile");
    play.line("docker build -t {lab}/hello:2 . && docker run --rm {lab}/hello:2");
    play.wrong(3);
    play.line(
        "grep -v CMD Dockerfile > new; echo 'CMD [\"--print-args\"]' >> new; mv new Dockerfile",
    );
    play.line("docker build -t {lab}/hello:2 .");
    play.line("docker run --rm {lab}/hello:1");
    play.wrong(0);
    play.line("docker run --rm {lab}/hello:2");
    play.done();
    play.leave();
}
