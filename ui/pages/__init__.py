"""The pages: one question a page. They call `ui.actions` by way of jobs and draw what comes back."""
