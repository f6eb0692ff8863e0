"""What the app can do, by feature: each controller is made by the app and is given what it works with.

Commands name their methods (`sessions.start_new`); messages of screens and widgets reach them through the app.
"""
