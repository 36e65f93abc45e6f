package org.postcard.test.vault;

/** A link of the vault's list, or of a cycle that is garbage. */
final class Node {
    Node next;
    byte value;

    Node(Node next, byte value) {
        this.next = next;
        this.value = value;
    }
}
