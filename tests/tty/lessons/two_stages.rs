//! Lesson 8: an image without shell and apk, on the production image's layers, smaller than before, that runs.

use super::Play;

#[test]
fn two_stages() {
    let mut play = Play::open("two-stages", "lt8");
    // All in one.
    play.line("docker run --rm --entrypoint sh {lab}/site:1 -c id");
    play.wrong(1);
    play.line("docker build -t {lab}/site:1 . && docker run -d --name {lab}-one {lab}/site:1");
    play.wrong(0);
    play.line("docker rm -f {lab}-one");
    play.by_the_answer();
    play.done();
    // Split it.
    play.line(
        "cp Dockerfile one; (cat one; echo 'FROM {lab}/web:latest'; echo 'RUN date') > Dockerfile",
    );
    play.line("docker build -t {lab}/site:2 .");
    play.wrong(4);
    play.line("docker build -t {lab}/site:2 - < one");
    play.line("docker tag {lab}/site:1 {lab}/site:2");
    play.wrong(0);
    play.line("echo 'FROM {lab}/web:latest' | docker build -t {lab}/site:2 -");
    play.wrong(1);
    play.line("(echo 'FROM {lab}/site:1 AS build'; echo 'FROM {lab}/web:latest'; echo 'USER root'; echo 'COPY --from=build /site /site') > Dockerfile");
    play.line("docker build -t {lab}/site:2 .");
    play.wrong(2);
    play.line("(echo 'FROM {lab}/site:1 AS build'; echo 'FROM scratch'; echo 'USER 65532'; echo 'COPY --from=build /site /site') > Dockerfile");
    play.line("docker build -t {lab}/site:2 .");
    play.wrong(3);
    play.line("cp one Dockerfile");
    play.by_the_answer();
    play.done();
    // See it run.
    play.line("docker run -d --name {lab}-site {lab}/site:1");
    play.wrong(0);
    play.line("docker rm -f {lab}-site; docker run -d --name {lab}-site {lab}/site:2");
    play.line("curl -m 1 localhost:8080/index.html");
    play.wrong(2);
    play.line("docker exec {lab}-site wget -qO- localhost:8080");
    play.wrong(1);
    play.attach("{lab}-site");
    play.line("wget -qO- localhost:8080/index.html");
    play.done();
    // The twin is still open: it goes, too.
    play.leave();
}
