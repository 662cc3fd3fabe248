package app

// FilesConnector is the name of the connector of files, which has no manifest.
const FilesConnector = "files"
