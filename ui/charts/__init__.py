"""A chart is a table and a finding, then two renderers: web and paper."""
