package org.postcard.test.items;

/** What a library has to give: a class, and a number that all share. */
public class Item {
    private static short made;

    private Item next;

    public Item(Item next) {
        this.next = next;
        made++;
    }
}
