"""The agent inside an editor: the Agent Client Protocol on standard input and output.

`agent` is what the editor calls, `session` one conversation, `updates` and `history` what the editor is shown,
`questions` what it is asked, `prompts` what it sends, `unsaved` its buffers, `run` serves it.
"""
