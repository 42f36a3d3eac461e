package wire

// AWSConfig makes the configuration of a function for the tests.
var AWSConfig = awsConfig
