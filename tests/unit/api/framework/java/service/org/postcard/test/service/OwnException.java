package org.postcard.test.service;

/** Of the applet's own. */
class OwnException extends RuntimeException {
}
