//! Lesson 10: a port of 1024 or above, a health check in exec form that passes, and a stop within two seconds.

use super::Play;

const UP: &str = "docker build -t {lab}/shop . && sh run.sh";

#[test]
fn stop_politely() {
    let mut play = Play::open("stop-politely", "lt10");
    // A port for root.
    play.line(UP);
    play.wrong(2);
    play.line("docker rm -f {lab}-shop; docker run -d --name {lab}-shop {lab}/shop");
    play.wrong(1);
    play.line("docker rm -f {lab}-shop; docker run -d -u 0 --name {lab}-shop {lab}/shop");
    play.wrong(0);
    play.by_the_answer();
    play.done();
    // Well or not?
    play.line("cp Dockerfile old; echo '# the same' >> Dockerfile");
    play.line(UP);
    play.wrong(2);
    play.line("(cat old; echo 'HEALTHCHECK NONE') > Dockerfile");
    play.line(UP);
    play.wrong(1);
    play.line("(cat old; echo 'HEALTHCHECK --interval=1s --retries=1 CMD [\"curl\",\"localhost:8080\"]') > Dockerfile");
    play.line(UP);
    play.wrong(0);
    play.by_the_answer();
    play.done();
    // It does not listen.
    play.line("docker rm -f {lab}-shop; docker run -d --name {lab}-shop {lab}/shop --port 8080");
    play.line("docker stop {lab}-shop");
    play.wrong(1);
    play.line("sh run.sh; docker kill {lab}-shop");
    play.wrong(0);
    play.line("sh run.sh");
    play.by_the_answer();
    play.done();
    // All three.
    play.line("sh run.sh; docker restart -t 3 {lab}-shop");
    play.wrong(0);
    play.by_the_answer();
    play.done();
    play.leave();
}
