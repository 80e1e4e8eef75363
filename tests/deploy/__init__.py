"""Tests of what is deployed: the chart, the rendered manifests, the image and the package."""
