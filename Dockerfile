# The whole service in one process, for evaluation and CI; in production the functions run on Lambda (README, "Deploy
# it"). `cargo xtask dist-local` builds the program, the build context target/dist/image, and the image where docker is
# installed:
#
#   docker run -p 9000:9000 -v people-data:/data -e PEOPLE_ACCESS_KEY=ppl_… people-api
FROM scratch
COPY people /people
# A volume that is mounted here for the first time gets this owner.
COPY --chown=65532:65532 data/ /data/
USER 65532:65532
VOLUME /data
EXPOSE 9000
STOPSIGNAL SIGTERM
ENTRYPOINT ["/people", "serve", "--host", "0.0.0.0", "--data", "/data"]
