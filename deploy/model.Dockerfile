# The model as an image of its own: docker build -f deploy/model.Dockerfile -t fascicle-model:... .
FROM busybox:1.37
COPY --chmod=0444 models/fascicle.tar.gz /model/fascicle.tar.gz
USER 10001:10001
